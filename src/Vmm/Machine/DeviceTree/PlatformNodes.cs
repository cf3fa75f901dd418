using BootLoader.Fdt;
using static Vmm.Machine.DeviceTree.InterruptSpecifier;

namespace Vmm.Machine.DeviceTree;

/// <summary>The nodes of devices at fixed addresses: UARTs, real-time clock, stall detector, cpufreq.</summary>
internal static class PlatformNodes
{
    public static void Write(ref FdtWriter fdt, MachinePlan plan)
    {
        for (int i = 0; i < Arm64Layout.SerialAddresses.Length; i++)
        {
            Serial(ref fdt, i);
        }

        if (plan.Config.Rtc)
        {
            Rtc(ref fdt);
        }

        StallDetector(ref fdt, plan);

        // The guest's cpufreq driver asks the hypervisor by hypercall; the node has to be there for it to try.
        fdt.BeginNode("cpufreq"u8);
        fdt.PropertyString("compatible"u8, "virtual,kvm-cpufreq"u8);
        fdt.EndNode();
    }

    private static void Serial(ref FdtWriter fdt, int index)
    {
        ulong address = Arm64Layout.SerialAddresses[index];
        fdt.BeginNode($"U6_16550A@{address:x}");
        fdt.PropertyString("compatible"u8, "ns16550a"u8);
        fdt.PropertyU64("reg"u8, [address, Arm64Layout.SerialSize]);
        fdt.PropertyU32("clock-frequency"u8, Arm64Layout.SerialClockHz);
        fdt.PropertyU32("interrupts"u8, Spi, InterruptLayout.SerialSpi(index), EdgeRising);
        fdt.EndNode();
    }

    private static void Rtc(ref FdtWriter fdt)
    {
        fdt.BeginNode("pclk@3M"u8);
        fdt.PropertyString("compatible"u8, "fixed-clock"u8);
        fdt.PropertyU32("#clock-cells"u8, 0);
        fdt.PropertyU32("clock-frequency"u8, Arm64Layout.PeripheralClockHz);
        fdt.Phandle(Phandles.PeripheralClock);
        fdt.EndNode();

        fdt.BeginNode($"rtc@{Arm64Layout.Rtc.Start:x}");
        fdt.PropertyString("compatible"u8, "arm,primecell"u8);
        fdt.PropertyU32("arm,primecell-periphid"u8, Arm64Layout.RtcPeripheralId);
        fdt.PropertyU64("reg"u8, [Arm64Layout.Rtc.Start, Arm64Layout.Rtc.Size]);
        fdt.PropertyU32("interrupts"u8, Spi, InterruptLayout.RtcSpi, LevelHigh);
        fdt.PropertyU32("clocks"u8, Phandles.PeripheralClock);
        fdt.PropertyString("clock-names"u8, "apb_pclk"u8);
        fdt.EndNode();
    }

    private static void StallDetector(ref FdtWriter fdt, MachinePlan plan)
    {
        var range = Arm64Layout.StallDetector;
        fdt.BeginNode($"vmwdt@{range.Start:x}");
        fdt.PropertyString("compatible"u8, "qemu,vcpu-stall-detector"u8);
        fdt.PropertyU64("reg"u8, [range.Start, range.Size]);
        fdt.PropertyU32("clock-frequency"u8, Arm64Layout.StallDetectorHz);
        fdt.PropertyU32("timeout-sec"u8, Arm64Layout.StallDetectorTimeoutSeconds);
        fdt.PropertyU32("interrupts"u8, Ppi, InterruptLayout.StallDetectorPpi, PpiCpus(plan.Config.CpuCount) | EdgeRising);
        fdt.EndNode();
    }
}
