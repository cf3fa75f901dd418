using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Devices at fixed addresses. Only the stall detector must be there.</summary>
internal static class DeviceRules
{
    public static TreeFault Read(FdtNodeView root, ref TreeFacts facts)
    {
        TreeFault fault = ReadWatchdog(root, facts.HostCpuCount);
        fault = fault != TreeFault.None ? fault : ReadSerial(root, ref facts);
        fault = fault != TreeFault.None ? fault : ReadRtc(root, ref facts);
        fault = fault != TreeFault.None ? fault : ReadPmu(root, ref facts);
        return fault != TreeFault.None ? fault : ReadCpuFrequency(root, ref facts);
    }

    private static TreeFault ReadWatchdog(FdtNodeView root, uint cpus)
    {
        if (root.CountCompatible("qemu,vcpu-stall-detector"u8, out FdtNodeView watchdog) != 1)
        {
            return TreeFault.WatchdogCount;
        }

        if (!watchdog.HasReg(GuestMap.StallDetector, GuestMap.SmallDeviceSize))
        {
            return TreeFault.WatchdogReg;
        }

        uint flags = GuestMap.PpiCpus(cpus) | GuestMap.EdgeRising;
        return watchdog.HasInterrupt(GuestMap.Ppi, GuestMap.StallDetectorPpi, flags) ? TreeFault.None : TreeFault.WatchdogInterrupt;
    }

    private static TreeFault ReadSerial(FdtNodeView root, ref TreeFacts facts)
    {
        int count = 0;
        foreach (FdtNodeView serial in root.Children)
        {
            if (!serial.IsCompatible("ns16550a"u8))
            {
                continue;
            }

            if (++count > GuestMap.SerialCount)
            {
                return TreeFault.SerialCount;
            }

            uint port = 0;
            for (int i = 0; i < GuestMap.SerialCount; i++)
            {
                port |= serial.HasReg(GuestMap.SerialAddress(i), GuestMap.SerialSize) ? 1u << i : 0;
            }

            if (port == 0 || (facts.SerialPorts & port) != 0)
            {
                return TreeFault.SerialReg;
            }

            facts.SerialPorts |= port;
        }

        return TreeFault.None;
    }

    private static TreeFault ReadRtc(FdtNodeView root, ref TreeFacts facts)
    {
        int count = root.CountCompatible("arm,primecell"u8, out FdtNodeView rtc);
        facts.HasRtc = count > 0;
        return count == 0 || (count == 1 && rtc.HasReg(GuestMap.Rtc, GuestMap.SmallDeviceSize)) ? TreeFault.None : TreeFault.RtcReg;
    }

    private static TreeFault ReadPmu(FdtNodeView root, ref TreeFacts facts)
    {
        int count = root.CountCompatible("arm,armv8-pmuv3"u8, out FdtNodeView pmu);
        facts.HasPmu = count > 0;
        uint flags = GuestMap.PpiCpus(facts.HostCpuCount) | GuestMap.LevelHigh;
        return count == 0 || (count == 1 && pmu.HasInterrupt(GuestMap.Ppi, GuestMap.PmuPpi, flags)) ? TreeFault.None : TreeFault.PmuInterrupt;
    }

    private static TreeFault ReadCpuFrequency(FdtNodeView root, ref TreeFacts facts)
    {
        facts.HasHypercallCpuFrequency = root.CountCompatible("virtual,kvm-cpufreq"u8, out _) > 0;
        int count = root.CountCompatible("qemu,virtual-cpufreq"u8, out FdtNodeView device);
        facts.HasCpuFrequencyDevice = count > 0;
        ulong size = facts.HostCpuCount * GuestMap.CpuFrequencySize;
        return count == 0 || (count == 1 && device.HasReg(GuestMap.CpuFrequency, size)) ? TreeFault.None : TreeFault.CpuFrequencyReg;
    }
}
