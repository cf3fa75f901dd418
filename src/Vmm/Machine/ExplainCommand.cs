using System.Globalization;
using System.Runtime.InteropServices;
using BootLoader.Fdt;
using Kvm.Interop;
using Vmm.Configuration;
using Vmm.Machine.DeviceTree;

namespace Vmm.Machine;

/// <summary>What <c>vmm explain</c> does: the machine that <c>run</c> would make, in words, on any host.</summary>
internal static class ExplainCommand
{
    /// <summary>Writes the memory map, the interrupts and the device tree.</summary>
    /// <exception cref="Outcome.VmmException">A file cannot be read, or the machine cannot be laid out.</exception>
    public static void Write(VmConfig config, TextWriter output)
    {
        using GuestFiles files = GuestFiles.Open(config);
        HostCapabilities host = AskHost(config, out string source);
        MachinePlan plan = Plan(config, host, files);
        GuestLayout layout = plan.Layout;
        output.WriteLine($"host: {source}");
        output.WriteLine(
            $"vCPUs: {config.CpuCount}{Has(plan.Features.Pmu, "PMU")}{Has(plan.Features.Sve, "SVE")}"
            + $"{Has(plan.Features.PointerAuthentication, "pointer authentication")}{Has(plan.Features.PvTime, "stolen time")}");
        output.WriteLine($"boot: PC 0x{layout.Entry:x}, X0 0x{layout.Fdt.Start:x}"
            + (layout.Firmware is not null && !config.IsProtected ? $", X1 0x{layout.Kernel.Start:x}, X2 0x{layout.KernelFileSize:x}" : ""));
        output.WriteLine($"command line: {plan.CommandLine}");
        output.WriteLine();
        output.WriteLine("guest physical addresses");
        WriteRanges(output, "  ", layout.Ranges(config, host));
        output.WriteLine();
        output.WriteLine("in RAM");
        List<(string, AddressRange)> inRam = [($"kernel ({files.Kernel.Kind})", layout.Kernel), ("device tree", layout.Fdt)];
        if (layout.Initrd is { } initrd)
        {
            inRam.Add(("initrd", initrd));
        }

        if (layout.DmaPool is { } pool)
        {
            inRam.Add(("DMA pool", pool));
        }

        WriteRanges(output, "  ", inRam);
        output.WriteLine();
        output.WriteLine("interrupts");
        WriteInterrupts(output, plan);
        output.WriteLine();
        output.WriteLine("device tree (seeds are drawn at each start)");
        output.Write(FdtDump.ToText(plan.WriteDeviceTree(DeviceTreeSeeds.Zero, files.Overlays)));
    }

    private static string Has(bool has, string feature) => has ? $", {feature}" : "";

    private static MachinePlan Plan(VmConfig config, HostCapabilities host, GuestFiles files)
    {
        AddressRange ram = GuestLayout.PlanRam(config, host);
        byte[] scratch = [];
        PlacedKernel kernel = files.Kernel.TryPlace(config, ram) ?? files.Kernel.LoadInto(
            config,
            ram,
            address => scratch = GC.AllocateUninitializedArray<byte>((int)Math.Min(ram.End - address, (ulong)Array.MaxLength)));
        return MachinePlan.Make(config, host, kernel, files.InitrdSize, VirtioDevices.Count(config));
    }

    private static HostCapabilities AskHost(VmConfig config, out string source)
    {
        string typical = $"a typical one with GICv3 and {HostCapabilities.Typical.IpaBits}-bit guest addresses, because";
        if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
        {
            source = $"{typical} this machine is not an ARM64 one";
            return HostCapabilities.Typical;
        }

        try
        {
            using KvmSystem kvm = KvmSystem.Open();
            int ipaBits = KvmProbe.ChooseIpaBits(kvm, config);
            using KvmVm vm = kvm.CreateVm(new KvmVmType(ipaBits));
            source = "this machine's KVM";
            return KvmProbe.Ask(kvm, vm, ipaBits);
        }
        catch (LinuxException e)
        {
            source = $"{typical} here: {e.Message}";
            return HostCapabilities.Typical;
        }
    }

    private static void WriteRanges(TextWriter output, string indent, IEnumerable<(string Name, AddressRange Range)> ranges)
    {
        foreach ((string name, AddressRange range) in ranges.OrderBy(r => r.Range.Start))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{indent}0x{range.Start:x10}-0x{range.End - 1:x10}  {Size(range.Size),10}  {name}"));
        }
    }

    private static string Size(ulong bytes) => bytes switch
    {
        >= 1UL << 30 when bytes % (1UL << 30) == 0 => $"{bytes >> 30} GiB",
        >= 1UL << 20 when bytes % (1UL << 20) == 0 => $"{bytes >> 20} MiB",
        >= 1UL << 10 when bytes % (1UL << 10) == 0 => $"{bytes >> 10} KiB",
        _ => $"{bytes} B",
    };

    private static void WriteInterrupts(TextWriter output, MachinePlan plan)
    {
        void Line(string kind, uint number, string trigger, string user) =>
            output.WriteLine($"  {kind} {number,2}  INTID {number + (kind == "SPI" ? InterruptLayout.FirstSpiIntid : InterruptLayout.FirstPpiIntid),3}  {trigger,-13}{user}");

        Line("SPI", InterruptLayout.SerialSpi(0), "edge rising", "serial 1 and 3");
        if (plan.Config.Rtc)
        {
            Line("SPI", InterruptLayout.RtcSpi, "level high", "real-time clock");
        }

        Line("SPI", InterruptLayout.SerialSpi(1), "edge rising", "serial 2 and 4");
        for (int device = 1; device <= plan.PciPins; device++)
        {
            Line("SPI", InterruptLayout.PciSpi(device), "level high", $"PCI device {device}, pin A");
        }

        if (plan.Features.Pmu)
        {
            Line("PPI", InterruptLayout.PmuPpi, "level high", "PMU");
        }

        Line("PPI", InterruptLayout.HypervisorTimerPpi, "level low", "hypervisor timer");
        Line("PPI", InterruptLayout.VirtualTimerPpi, "level low", "virtual timer");
        Line("PPI", InterruptLayout.SecurePhysicalTimerPpi, "level low", "secure physical timer");
        Line("PPI", InterruptLayout.PhysicalTimerPpi, "level low", "physical timer");
        Line("PPI", InterruptLayout.StallDetectorPpi, "edge rising", "stall detector");
    }
}
