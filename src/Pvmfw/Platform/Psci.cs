using System.Diagnostics.CodeAnalysis;

namespace Pvmfw.Platform;

/// <summary>Ends of the machine, by the Power State Coordination Interface (Arm DEN0022).</summary>
public static class Psci
{
    private const uint SystemReset = 0x84000009;

    /// <summary>Resets the machine, which ends the VM.</summary>
    [DoesNotReturn]
    public static void Reset()
    {
        while (true)
        {
            Smccc.Call(SystemReset);
        }
    }
}
