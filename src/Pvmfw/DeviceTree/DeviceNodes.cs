using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Writes the interrupt controller and the devices at fixed addresses.</summary>
internal static class DeviceNodes
{
    private const uint SecurePhysicalTimerPpi = 13;
    private const uint PhysicalTimerPpi = 14;
    private const uint VirtualTimerPpi = 11;
    private const uint HypervisorTimerPpi = 10;
    private const uint RtcPeripheralId = 0x41030;
    private const uint ClockHz = 3_141_592;
    private const uint WatchdogHz = 2;
    private const uint WatchdogTimeoutSeconds = 10;

    public static void Write(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        uint cpus = GuestMap.PpiCpus((uint)facts.CpuCount);
        WriteGic(ref fdt, facts.GicRedistributors);
        WriteTimer(ref fdt, cpus);
        if (facts.HasPmu)
        {
            fdt.BeginNode("pmu"u8);
            fdt.PropertyString("compatible"u8, "arm,armv8-pmuv3"u8);
            fdt.Interrupt(GuestMap.Ppi, GuestMap.PmuPpi, cpus | GuestMap.LevelHigh);
            fdt.EndNode();
        }

        for (int i = 0; i < GuestMap.SerialCount; i++)
        {
            if ((facts.SerialPorts & (1u << i)) != 0)
            {
                WriteSerial(ref fdt, i);
            }
        }

        if (facts.HasRtc)
        {
            WriteRtc(ref fdt);
        }

        WriteWatchdog(ref fdt, cpus);
        WriteCpuFrequency(ref fdt, facts);
    }

    private static void WriteGic(ref FdtWriter fdt, MemoryRange redistributors)
    {
        fdt.BeginNode("intc"u8);
        fdt.PropertyString("compatible"u8, "arm,gic-v3"u8);
        var cells = new CellWriter(fdt.PropertySpace("reg"u8, 4 * sizeof(ulong)));
        cells.Range(MemoryRange.OfConstants(GuestMap.GicDistributor, GuestMap.GicDistributorSize));
        cells.Range(redistributors);
        fdt.Cell("#interrupt-cells"u8, 3);
        fdt.Property("interrupt-controller"u8);
        fdt.Phandle(GuestMap.GicPhandle);
        fdt.CellCounts(2, 2);
        fdt.EndNode();
    }

    private static void WriteTimer(ref FdtWriter fdt, uint cpus)
    {
        uint flags = cpus | GuestMap.LevelLow;
        fdt.BeginNode("timer"u8);
        fdt.PropertyString("compatible"u8, "arm,armv8-timer"u8);
        var cells = new CellWriter(fdt.PropertySpace("interrupts"u8, 12 * sizeof(uint)));
        cells.Interrupt(GuestMap.Ppi, SecurePhysicalTimerPpi, flags);
        cells.Interrupt(GuestMap.Ppi, PhysicalTimerPpi, flags);
        cells.Interrupt(GuestMap.Ppi, VirtualTimerPpi, flags);
        cells.Interrupt(GuestMap.Ppi, HypervisorTimerPpi, flags);
        fdt.Property("always-on"u8);
        fdt.EndNode();
    }

    private static void WriteSerial(ref FdtWriter fdt, int index)
    {
        ulong address = GuestMap.SerialAddress(index);
        fdt.BeginNode("U6_16550A@"u8, address);
        fdt.PropertyString("compatible"u8, "ns16550a"u8);
        fdt.Reg(MemoryRange.OfConstants(address, GuestMap.SerialSize));
        fdt.Cell("clock-frequency"u8, GuestMap.SerialClockHz);
        fdt.Interrupt(GuestMap.Spi, GuestMap.SerialSpi(index), GuestMap.EdgeRising);
        fdt.EndNode();
    }

    private static void WriteRtc(ref FdtWriter fdt)
    {
        fdt.BeginNode("pclk@3M"u8);
        fdt.PropertyString("compatible"u8, "fixed-clock"u8);
        fdt.Cell("#clock-cells"u8, 0);
        fdt.Cell("clock-frequency"u8, ClockHz);
        fdt.Phandle(GuestMap.ClockPhandle);
        fdt.EndNode();

        fdt.BeginNode("rtc@"u8, GuestMap.Rtc);
        fdt.PropertyString("compatible"u8, "arm,primecell"u8);
        fdt.Cell("arm,primecell-periphid"u8, RtcPeripheralId);
        fdt.Reg(MemoryRange.OfConstants(GuestMap.Rtc, GuestMap.SmallDeviceSize));
        fdt.Interrupt(GuestMap.Spi, GuestMap.RtcSpi, GuestMap.LevelHigh);
        fdt.Cell("clocks"u8, GuestMap.ClockPhandle);
        fdt.PropertyString("clock-names"u8, "apb_pclk"u8);
        fdt.EndNode();
    }

    private static void WriteWatchdog(ref FdtWriter fdt, uint cpus)
    {
        fdt.BeginNode("vmwdt@"u8, GuestMap.StallDetector);
        fdt.PropertyString("compatible"u8, "qemu,vcpu-stall-detector"u8);
        fdt.Reg(MemoryRange.OfConstants(GuestMap.StallDetector, GuestMap.SmallDeviceSize));
        fdt.Cell("clock-frequency"u8, WatchdogHz);
        fdt.Cell("timeout-sec"u8, WatchdogTimeoutSeconds);
        fdt.Interrupt(GuestMap.Ppi, GuestMap.StallDetectorPpi, cpus | GuestMap.EdgeRising);
        fdt.EndNode();
    }

    private static void WriteCpuFrequency(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        if (facts.HasHypercallCpuFrequency)
        {
            fdt.BeginNode("cpufreq"u8);
            fdt.PropertyString("compatible"u8, "virtual,kvm-cpufreq"u8);
            fdt.EndNode();
        }

        if (facts.HasCpuFrequencyDevice)
        {
            fdt.BeginNode("cpufreq@"u8, GuestMap.CpuFrequency);
            fdt.PropertyString("compatible"u8, "qemu,virtual-cpufreq"u8);
            fdt.Reg(MemoryRange.OfConstants(GuestMap.CpuFrequency, (ulong)facts.CpuCount * GuestMap.CpuFrequencySize));
            fdt.EndNode();
        }
    }
}
