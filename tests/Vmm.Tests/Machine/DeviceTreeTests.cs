using BootLoader.Fdt;
using Vmm.Configuration;
using Vmm.Machine;
using Vmm.Machine.DeviceTree;

namespace Vmm.Tests.Machine;

public sealed class DeviceTreeTests
{
    private static SerialConfig Console => new() { Backend = SerialBackend.Stdout, Console = true, Stdin = true };

    [Fact]
    public void The_tree_of_a_small_machine_is_the_one_that_was_reviewed() =>
        GoldenText.Check("small.dts", Text(SamplePlans.Make(SamplePlans.Config() with { Serial = [Console], Params = ["quiet"] })));

    [Fact]
    public void The_tree_of_a_protected_machine_is_the_one_that_was_reviewed() =>
        GoldenText.Check("protected.dts", Text(SamplePlans.Make(SamplePlans.Config(1024, 4) with
        {
            Protection = ProtectionMode.ProtectedWithoutFirmware,
            PciMem = new AddressRange(0x2c000000, 0x2000000),
            PciCam = new AddressRange(0x2e000000, 0x1000000),
        })));

    [Fact]
    public void The_tree_of_a_full_machine_is_the_one_that_was_reviewed() =>
        GoldenText.Check("full.dts", Text(SamplePlans.Make(
            SamplePlans.Config(2048, 16) with { Serial = [Console with { EarlyConsole = true }], AllowVgicIts = true, SwiotlbMib = 8 },
            pciDevices: 3)));

    [Fact]
    public void The_tree_of_the_oldest_crosvm_is_the_one_that_was_reviewed() =>
        GoldenText.Check("oldest.dts", Text(SamplePlans.Make(
            SamplePlans.Config(cpus: 2) with { CompatDate = CrosvmCompat.Earliest, SwiotlbMib = 8 },
            pciDevices: 2)));

    [Fact]
    public void The_tree_of_a_GICv2_host_is_the_one_that_was_reviewed() =>
        GoldenText.Check("gicv2.dts", Text(SamplePlans.Make(
            SamplePlans.Config(cpus: 2) with { Rtc = false, Pmu = false },
            initrdSize: null,
            host: HostCapabilities.Typical with { GicV3 = false, Its = false })));

    [Fact]
    public void The_tree_of_a_machine_with_firmware_is_the_one_that_was_reviewed() =>
        GoldenText.Check("firmware.dts", Text(SamplePlans.Make(
            SamplePlans.Config(512, 2) with
            {
                Protection = ProtectionMode.Protected,
                SwiotlbMib = 14,
                InstanceId = Enumerable.Range(0, 64).Select(static value => (byte)value).ToArray(),
                DeferRollbackProtection = true,
            },
            pciDevices: 2)));

    [Theory]
    [InlineData(null, 0x80000000UL, 512 * SamplePlans.MiB)]
    [InlineData("2025-07-13", 0x80000000UL, 512 * SamplePlans.MiB)]
    [InlineData("2025-07-14", 0x7fc00000UL, 516 * SamplePlans.MiB)]
    public void Memory_starts_at_RAM_as_firmware_wants_it_unless_a_day_is_asked_for_when_it_did_not(string? date, ulong start, ulong size)
    {
        VmConfig config = SamplePlans.Config() with
        {
            Protection = ProtectionMode.UnprotectedWithFirmware,
            CompatDate = date is null ? null : DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture),
        };
        byte[] blob = SamplePlans.Make(config).WriteDeviceTree(DeviceTreeSeeds.Zero, []);

        FdtNode memory = FdtTree.Parse(blob).Root.Children.Single(static node => node.Name == "memory");

        Assert.Equal(
            [start, size],
            memory.Properties.Single(static property => property.Name == "reg").Value.ToArray().Chunk(8)
                .Select(static cell => System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(cell)));
    }

    [Theory]
    [InlineData(2UL << 30, 4)]
    [InlineData(5UL << 30, 8)]
    public void A_firmware_reads_the_initrds_place_in_one_cell_where_it_fits(ulong kernelMemory, int bytes)
    {
        VmConfig config = SamplePlans.Config(memoryMib: 8192) with { Protection = ProtectionMode.Protected };
        MachinePlan plan = MachinePlan.Make(
            config, HostCapabilities.Typical, new PlacedKernel(0x80000000, kernelMemory - SamplePlans.MiB * 32, SamplePlans.MiB, 0), SamplePlans.MiB, 0);

        FdtNode chosen = FdtTree.Parse(plan.WriteDeviceTree(DeviceTreeSeeds.Zero, [])).Root.Children.Single(static node => node.Name == "chosen");

        Assert.Equal(bytes, chosen.Properties.Single(static property => property.Name == "linux,initrd-end").Value.Length);
    }

    [Fact]
    public void A_command_line_that_the_kernel_would_cut_is_refused()
    {
        VmConfig config = SamplePlans.Config() with { Params = [new string('x', KernelCommandLine.MaxLength)] };

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(config));

        Assert.Contains("at most 2047", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_users_parameters_come_last()
    {
        VmConfig config = SamplePlans.Config() with { Serial = [Console], Params = ["panic=5", "quiet"] };

        Assert.Equal("panic=-1 console=ttyS0 panic=5 quiet", SamplePlans.Make(config).CommandLine);
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(false, null, false)]
    public void Messages_go_through_an_ITS_where_no_firmware_runs_and_no_date_is_asked_for_or_the_user_says_so(bool newest, bool? asked, bool its)
    {
        VmConfig config = SamplePlans.Config() with { AllowVgicIts = asked };
        VmConfig dated = newest ? config : config with { CompatDate = new DateOnly(2026, 7, 1) };
        VmConfig isProtected = newest ? config : config with { Protection = ProtectionMode.ProtectedWithoutFirmware };

        Assert.Equal(its, Text(SamplePlans.Make(dated)).Contains("msi-parent", StringComparison.Ordinal));
        Assert.Equal(its, Text(SamplePlans.Make(isProtected, host: HostCapabilities.Typical with { Pmu = false })).Contains("arm,gic-v3-its", StringComparison.Ordinal));
        Assert.DoesNotContain("msi-parent", Text(SamplePlans.Make(config, host: HostCapabilities.Typical with { Its = false })), StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_without_a_pin_have_no_row_in_the_interrupt_map()
    {
        Assert.Contains("interrupt-map = <0x800", Text(SamplePlans.Make(SamplePlans.Config(), pciDevices: 1)), StringComparison.Ordinal);
        Assert.DoesNotContain("0x800 ", Text(SamplePlans.Make(SamplePlans.Config() with { VirtioIntx = false }, pciDevices: 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void More_devices_than_a_bus_has_room_for_are_refused()
    {
        SamplePlans.Make(SamplePlans.Config(), pciDevices: 31);

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(SamplePlans.Config(), pciDevices: 32));

        Assert.Equal("32 devices are asked for; a PCI bus has room for 31 beside its host bridge", error.Message);
    }

    [Fact]
    public void More_devices_than_a_firmware_takes_are_refused()
    {
        VmConfig config = SamplePlans.Config() with { Protection = ProtectionMode.UnprotectedWithFirmware };
        SamplePlans.Make(config, pciDevices: 16);

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(config, pciDevices: 17));

        Assert.Equal("17 devices are asked for; a firmware starts no machine with more than 16 (a composite disk is one)", error.Message);
    }

    [Theory]
    [InlineData(0x2c000000, 0x10000, 2, true)]
    [InlineData(0x2c000000, 0x10000, 3, false)]
    [InlineData(0x2c001000, 0x10000, 1, true)]
    [InlineData(0x2c001000, 0x10000, 2, false)]
    [InlineData(0x2c001000, 0x1000, 1, false)]
    [InlineData(0x2c001000, 0x1000, 0, true)]
    public void A_window_that_has_no_room_for_the_devices_is_refused(ulong start, ulong size, int devices, bool fits)
    {
        VmConfig config = SamplePlans.Config() with { PciMem = new AddressRange(start, size) };

        Exception? error = Record.Exception(() => SamplePlans.Make(config, pciDevices: devices));

        Assert.Equal(fits ? null : $"--pci mem {config.PciMem}: {devices} devices of 0x8000 aligned bytes do not fit; make the window larger", error?.Message);
    }

    private static string Text(MachinePlan plan) => FdtDump.ToText(plan.WriteDeviceTree(DeviceTreeSeeds.Zero, []));
}
