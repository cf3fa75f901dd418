namespace Vmm.Machine.DeviceTree;

/// <summary>The three cells of a GIC interrupt: kind, number, flags. Source: the binding arm,gic-v3.</summary>
internal static class InterruptSpecifier
{
    public const uint Spi = 0;
    public const uint Ppi = 1;

    public const uint EdgeRising = 1;
    public const uint LevelHigh = 4;
    public const uint LevelLow = 8;

    private const int CpuMaskShift = 8;
    private const uint CpuMask = 0xff00;

    /// <summary>The GICv2 field that names the CPUs a PPI belongs to. It has room for eight; a GICv3 ignores it.</summary>
    public static uint PpiCpus(int vcpus) => vcpus >= 8 ? CpuMask : ((1u << vcpus) - 1) << CpuMaskShift;
}
