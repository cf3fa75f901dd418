namespace Vmm.Machine.DeviceTree;

/// <summary>The phandles of nodes that other nodes refer to. Source: crosvm, aarch64/src/fdt.rs.</summary>
internal static class Phandles
{
    public const uint Gic = 1;
    public const uint DmaPool = 2;
    public const uint Its = 3;
    public const uint PeripheralClock = 24;
    public const uint FirstCpu = 0x100;
}
