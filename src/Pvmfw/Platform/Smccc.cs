namespace Pvmfw.Platform;

/// <summary>Calls of the hypervisor by the SMC Calling Convention (Arm DEN0028), through HVC.</summary>
internal static unsafe class Smccc
{
    /// <summary>The hypervisor does not know the call.</summary>
    public const long NotSupported = -1;

    private const uint VersionCall = 0x80000000;

    /// <summary>The version of the convention, major in the upper 16 bits.</summary>
    public static uint Version
    {
        get
        {
            SmcccResult result = Call(VersionCall);
            return (int)result.X0 < 0 ? 0x10000 : (uint)result.X0;
        }
    }

    /// <summary>Calls a function with up to three arguments.</summary>
    public static SmcccResult Call(uint function, ulong first = 0, ulong second = 0, ulong third = 0)
    {
        ulong* registers = stackalloc ulong[8];
        registers[0] = function;
        registers[1] = first;
        registers[2] = second;
        registers[3] = third;
        for (int index = 4; index < 8; index++)
        {
            registers[index] = 0;
        }

        Processor.CallHypervisor(registers);
        return new SmcccResult(registers[0], registers[1], registers[2], registers[3]);
    }
}
