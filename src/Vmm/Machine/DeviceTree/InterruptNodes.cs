using BootLoader.Fdt;
using static Vmm.Machine.DeviceTree.InterruptSpecifier;

namespace Vmm.Machine.DeviceTree;

/// <summary>The nodes of the interrupt controller and of what is wired to PPIs of the CPU itself: timer and PMU.</summary>
internal static class InterruptNodes
{
    public static void Write(ref FdtWriter fdt, MachinePlan plan)
    {
        Gic(ref fdt, plan);
        Timer(ref fdt, plan.Config.CpuCount);
        if (plan.Features.Pmu)
        {
            Pmu(ref fdt, plan.Config.CpuCount);
        }
    }

    private static void Gic(ref FdtWriter fdt, MachinePlan plan)
    {
        var distributor = Arm64Layout.GicDistributor;
        fdt.BeginNode("intc"u8);
        if (plan.Host.GicV3)
        {
            var redistributors = Arm64Layout.GicRedistributors(plan.Config.CpuCount);
            fdt.PropertyString("compatible"u8, "arm,gic-v3"u8);
            fdt.PropertyU64("reg"u8, [distributor.Start, distributor.Size, redistributors.Start, redistributors.Size]);
        }
        else
        {
            var cpuInterface = Arm64Layout.GicV2CpuInterface;
            fdt.PropertyString("compatible"u8, "arm,cortex-a15-gic"u8);
            fdt.PropertyU64("reg"u8, [distributor.Start, distributor.Size, cpuInterface.Start, cpuInterface.Size]);
        }

        fdt.PropertyU32("#interrupt-cells"u8, 3);
        fdt.Property("interrupt-controller"u8);
        fdt.Phandle(Phandles.Gic);
        fdt.PropertyU32("#address-cells"u8, 2);
        fdt.PropertyU32("#size-cells"u8, 2);
        if (plan.Its)
        {
            var its = Arm64Layout.GicIts;
            fdt.Property("ranges"u8);
            fdt.BeginNode("msic"u8);
            fdt.PropertyString("compatible"u8, "arm,gic-v3-its"u8);
            fdt.Property("msi-controller"u8);
            fdt.Phandle(Phandles.Its);
            fdt.PropertyU64("reg"u8, [its.Start, its.Size]);
            fdt.EndNode();
        }

        fdt.EndNode();
    }

    private static void Timer(ref FdtWriter fdt, int vcpus)
    {
        uint flags = PpiCpus(vcpus) | LevelLow;
        fdt.BeginNode("timer"u8);
        fdt.PropertyString("compatible"u8, "arm,armv8-timer"u8);
        fdt.PropertyU32(
            "interrupts"u8,
            Ppi, InterruptLayout.SecurePhysicalTimerPpi, flags,
            Ppi, InterruptLayout.PhysicalTimerPpi, flags,
            Ppi, InterruptLayout.VirtualTimerPpi, flags,
            Ppi, InterruptLayout.HypervisorTimerPpi, flags);
        fdt.Property("always-on"u8);
        fdt.EndNode();
    }

    private static void Pmu(ref FdtWriter fdt, int vcpus)
    {
        fdt.BeginNode("pmu"u8);
        fdt.PropertyString("compatible"u8, "arm,armv8-pmuv3"u8);
        fdt.PropertyU32("interrupts"u8, Ppi, InterruptLayout.PmuPpi, PpiCpus(vcpus) | LevelHigh);
        fdt.EndNode();
    }
}
