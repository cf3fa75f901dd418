using System.Buffers.Binary;
using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The interrupt controller: a GICv3, whose redistributors end where the distributor begins.</summary>
internal static class GicRules
{
    private const int RegSize = 4 * sizeof(ulong);

    public static TreeFault Read(FdtNodeView root, ref TreeFacts facts)
    {
        if (!root.TryGetChild("intc"u8, out FdtNodeView gic) || !gic.IsCompatible("arm,gic-v3"u8))
        {
            return TreeFault.GicMissing;
        }

        ulong size = facts.HostCpuCount * GuestMap.GicRedistributorSize;
        if (size >= GuestMap.GicDistributor - GuestMap.FixedDevicesEnd
            || !gic.TryGetProperty("reg"u8, out FdtPropertyView reg) || reg.Value.Length != RegSize
            || BinaryPrimitives.ReadUInt64BigEndian(reg.Value) != GuestMap.GicDistributor
            || BinaryPrimitives.ReadUInt64BigEndian(reg.Value[8..]) != GuestMap.GicDistributorSize
            || BinaryPrimitives.ReadUInt64BigEndian(reg.Value[16..]) != GuestMap.GicDistributor - size
            || BinaryPrimitives.ReadUInt64BigEndian(reg.Value[24..]) != size)
        {
            return TreeFault.GicReg;
        }

        facts.GicRedistributors = MemoryRange.OfConstants(GuestMap.GicDistributor - size, size);
        return TreeFault.None;
    }
}
