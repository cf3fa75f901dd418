using System.Buffers.Binary;
using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The node <c>cpus</c>, its map, and the tables of operating points that it refers to.</summary>
internal static class CpuRules
{
    public static TreeFault Read(FdtNodeView root, ref TreeFacts facts)
    {
        if (!root.TryGetChild("cpus"u8, out FdtNodeView cpus))
        {
            return TreeFault.NoCpu;
        }

        // Phandles of the CPUs that are kept, 0 where one has none.
        Span<byte> phandles = stackalloc byte[TreeFacts.MostCpus * sizeof(uint)];
        uint count = 0;
        foreach (FdtNodeView cpu in cpus.Children)
        {
            if (!cpu.IsCompatible("arm,armv8"u8))
            {
                continue;
            }

            if (count < TreeFacts.MostCpus)
            {
                TreeFault fault = ReadCpu(root, cpu, (int)count, phandles, ref facts);
                if (fault != TreeFault.None)
                {
                    return fault;
                }
            }

            count++;
        }

        facts.HostCpuCount = count;
        if (count == 0)
        {
            return TreeFault.NoCpu;
        }

        return cpus.TryGetChild("cpu-map"u8, out FdtNodeView map) ? ReadMap(map, phandles, ref facts) : TreeFault.None;
    }

    private static TreeFault ReadCpu(FdtNodeView root, FdtNodeView cpu, int index, scoped Span<byte> phandles, ref TreeFacts facts)
    {
        if (!cpu.HasCell("reg"u8, GuestMap.CpuAffinity(index)))
        {
            return TreeFault.CpuReg;
        }

        if (cpu.TryGetProperty("phandle"u8, out FdtPropertyView phandle) && phandle.TryGetU32(out uint handle))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(phandles[(index * sizeof(uint))..], handle);
        }

        if (cpu.TryGetProperty("capacity-dmips-mhz"u8, out FdtPropertyView property))
        {
            if (!property.TryGetU32(out uint capacity))
            {
                return TreeFault.CpuCapacity;
            }

            facts.SetCapacity(index, capacity);
        }

        return cpu.TryGetProperty("operating-points-v2"u8, out FdtPropertyView points)
            ? ReadOperatingPoints(root, points, index, ref facts)
            : TreeFault.None;
    }

    private static TreeFault ReadOperatingPoints(FdtNodeView root, FdtPropertyView reference, int cpu, ref TreeFacts facts)
    {
        if (!reference.TryGetU32(out uint handle))
        {
            return TreeFault.OperatingPointsMissing;
        }

        foreach (FdtNodeView table in root.Children)
        {
            if (!table.HasCell("phandle"u8, handle) || !table.IsCompatible("operating-points-v2"u8))
            {
                continue;
            }

            int count = 0;
            foreach (FdtNodeView point in table.Children)
            {
                if (count == TreeFacts.MostOperatingPoints)
                {
                    return TreeFault.OperatingPointCount;
                }

                if (!point.TryGetProperty("opp-hz"u8, out FdtPropertyView hertz) || !hertz.TryGetU64(out ulong frequency))
                {
                    return TreeFault.OperatingPointFrequency;
                }

                facts.SetFrequency(cpu, count++, frequency);
            }

            return count == 0 ? TreeFault.OperatingPointCount : TreeFault.None;
        }

        return TreeFault.OperatingPointsMissing;
    }

    private static TreeFault ReadMap(FdtNodeView map, scoped ReadOnlySpan<byte> phandles, ref TreeFacts facts)
    {
        uint seen = 0;
        foreach (FdtNodeView cluster in map.Children)
        {
            if (facts.ClusterCount == TreeFacts.MostClusters || !cluster.Name.StartsWith("cluster"u8))
            {
                return TreeFault.CpuMapClusters;
            }

            int count = 0, kept = 0;
            foreach (FdtNodeView core in cluster.Children)
            {
                if (count++ == TreeFacts.MostCores || !core.Name.StartsWith("core"u8))
                {
                    return TreeFault.CpuMapCores;
                }

                int cpu = FindCpu(core, phandles, facts.CpuCount);
                if (cpu < 0 && facts.HostCpuCount > TreeFacts.MostCpus)
                {
                    continue;
                }

                if (cpu < 0 || (seen & (1u << cpu)) != 0)
                {
                    return TreeFault.CpuMapCpu;
                }

                seen |= 1u << cpu;
                facts.SetCore(facts.ClusterCount, kept++, cpu);
            }

            if (count == 0)
            {
                return TreeFault.CpuMapCores;
            }

            facts.ClusterCount += kept > 0 ? 1 : 0;
        }

        return TreeFault.None;
    }

    private static int FindCpu(FdtNodeView core, scoped ReadOnlySpan<byte> phandles, int count)
    {
        if (!core.TryGetProperty("cpu"u8, out FdtPropertyView property) || !property.TryGetU32(out uint handle) || handle == 0)
        {
            return -1;
        }

        for (int i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(phandles[(i * sizeof(uint))..]) == handle)
            {
                return i;
            }
        }

        return -1;
    }
}
