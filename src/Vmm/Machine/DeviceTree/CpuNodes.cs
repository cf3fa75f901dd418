using BootLoader.Fdt;

namespace Vmm.Machine.DeviceTree;

/// <summary>The nodes <c>cpus</c> and <c>psci</c>.</summary>
internal static class CpuNodes
{
    public static void Write(ref FdtWriter fdt, MachinePlan plan)
    {
        fdt.BeginNode("cpus"u8);
        fdt.PropertyU32("#address-cells"u8, 1);
        fdt.PropertyU32("#size-cells"u8, 0);
        for (int i = 0; i < plan.Config.CpuCount; i++)
        {
            uint id = plan.Compat.CpuRegIsMpidr ? Mpidr.OfVcpu(i) : (uint)i;
            fdt.BeginNode($"cpu@{id:x}");
            fdt.PropertyString("device_type"u8, "cpu"u8);
            fdt.PropertyString("compatible", plan.Compat.CpuCompatibleIsArmv8 ? "arm,armv8" : "arm,arm-v8");
            if (plan.Config.CpuCount > 1)
            {
                fdt.PropertyString("enable-method"u8, "psci"u8);
            }

            fdt.PropertyU32("reg"u8, id);
            fdt.Phandle(Phandles.FirstCpu + (uint)i);
            fdt.EndNode();
        }

        fdt.EndNode();
        fdt.BeginNode("psci"u8);
        fdt.PropertyString("compatible", "arm,psci-1.0", "arm,psci-0.2");
        fdt.PropertyString("method"u8, "hvc"u8);
        fdt.EndNode();
    }
}
