using System.Diagnostics.CodeAnalysis;

namespace MicrodroidInit.Platform;

/// <summary>The end of the machine (linux/reboot.h).</summary>
internal static class Machine
{
    private const uint Magic1 = 0xfee1dead;
    private const uint Magic2 = 672274793;
    private const uint PowerOff = 0x4321fedc;
    private const uint Restart = 0x01234567;

    /// <summary>Ends it.</summary>
    [DoesNotReturn]
    public static void End(InitEnd end)
    {
        // A machine that cannot be powered off is reset; the kernel panics when its first process ends, and resets as well.
        if (end == InitEnd.PowerOff)
        {
            Kernel.Call(SystemCallNumber.Reboot, unchecked((nint)Magic1), (nint)Magic2, (nint)PowerOff);
        }

        Kernel.Call(SystemCallNumber.Reboot, unchecked((nint)Magic1), (nint)Magic2, (nint)Restart);
        while (true)
        {
            Kernel.Call(SystemCallNumber.ExitGroup, 1);
        }
    }
}
