using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Writes the CPUs, their map, their tables of operating points, and how they are started.</summary>
internal static class CpuNodes
{
    public static void Write(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        fdt.BeginNode("cpus"u8);
        fdt.CellCounts(1, 0);
        if (facts.ClusterCount > 0)
        {
            WriteMap(ref fdt, facts);
        }

        for (int i = 0; i < facts.CpuCount; i++)
        {
            WriteCpu(ref fdt, facts, i);
        }

        fdt.EndNode();
        for (int i = 0; i < facts.CpuCount; i++)
        {
            WriteOperatingPoints(ref fdt, facts, i);
        }

        fdt.BeginNode("psci"u8);
        fdt.PropertyString("compatible"u8, "arm,psci-1.0\0arm,psci-0.2"u8);
        fdt.PropertyString("method"u8, "hvc"u8);
        fdt.EndNode();
    }

    private static void WriteMap(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        fdt.BeginNode("cpu-map"u8);
        for (int cluster = 0; cluster < facts.ClusterCount; cluster++)
        {
            fdt.BeginNode("cluster"u8, (ulong)cluster);
            for (int core = 0; core < TreeFacts.MostCores && facts.GetCore(cluster, core) >= 0; core++)
            {
                fdt.BeginNode("core"u8, (ulong)core);
                fdt.Cell("cpu"u8, GuestMap.FirstCpuPhandle + (uint)facts.GetCore(cluster, core));
                fdt.EndNode();
            }

            fdt.EndNode();
        }

        fdt.EndNode();
    }

    private static void WriteCpu(ref FdtWriter fdt, scoped in TreeFacts facts, int index)
    {
        uint affinity = GuestMap.CpuAffinity(index);
        fdt.BeginNode("cpu@"u8, affinity);
        fdt.PropertyString("device_type"u8, "cpu"u8);
        fdt.PropertyString("compatible"u8, "arm,armv8"u8);
        if (facts.CpuCount > 1)
        {
            fdt.PropertyString("enable-method"u8, "psci"u8);
        }

        fdt.Cell("reg"u8, affinity);
        if (facts.GetCapacity(index) != 0)
        {
            fdt.Cell("capacity-dmips-mhz"u8, facts.GetCapacity(index));
        }

        if (facts.GetOperatingPointCount(index) > 0)
        {
            fdt.Cell("operating-points-v2"u8, GuestMap.FirstOperatingPointsPhandle + (uint)index);
        }

        fdt.Phandle(GuestMap.FirstCpuPhandle + (uint)index);
        fdt.EndNode();
    }

    private static void WriteOperatingPoints(ref FdtWriter fdt, scoped in TreeFacts facts, int cpu)
    {
        int count = facts.GetOperatingPointCount(cpu);
        if (count == 0)
        {
            return;
        }

        fdt.BeginNode("opp_table"u8, (ulong)cpu);
        fdt.PropertyString("compatible"u8, "operating-points-v2"u8);
        fdt.Phandle(GuestMap.FirstOperatingPointsPhandle + (uint)cpu);
        for (int point = 0; point < count; point++)
        {
            fdt.BeginNode("opp"u8, (ulong)point);
            fdt.Pair("opp-hz"u8, facts.GetFrequency(cpu, point));
            fdt.EndNode();
        }

        fdt.EndNode();
    }
}
