using FsCheck;
using FsCheck.Fluent;
using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Tests.Machine;

public sealed class GuestLayoutTests
{
    private const ulong MiB = SamplePlans.MiB;

    [Fact]
    public void A_kernel_and_its_initrd_lie_where_crosvm_puts_them()
    {
        GuestLayout layout = SamplePlans.Make(SamplePlans.Config()).Layout;

        Assert.Equal(new AddressRange(0x80000000, 512 * MiB), layout.Ram);
        Assert.Equal(0x80000000UL, layout.Entry);
        Assert.Equal(new AddressRange(0x83000000, 3 * MiB), layout.Initrd);
        Assert.Equal(new AddressRange(0x9fe00000, 2 * MiB), layout.Fdt);
        Assert.Equal(new AddressRange(0xa0000000, 1024 * MiB), layout.PlatformMmio);
        Assert.Equal(new AddressRange(0xe0000000, (1UL << 40) - 0xe0000000), layout.PciHighMem);
    }

    [Fact]
    public void A_firmware_lies_below_RAM_and_the_pool_at_its_end_with_the_device_tree_before_it()
    {
        VmConfig config = SamplePlans.Config() with { Protection = ProtectionMode.Protected, SwiotlbMib = 15 };

        GuestLayout layout = SamplePlans.Make(config).Layout;

        Assert.Equal(new AddressRange(0x7fc00000, 4 * MiB), layout.Firmware);
        Assert.Equal(0x7fc00000UL, layout.Entry);
        Assert.Equal(0x80000000UL, layout.Kernel.Start);
        Assert.Equal(new AddressRange(0xa0000000 - (15 * MiB), 15 * MiB), layout.DmaPool);
        Assert.Equal(new AddressRange(0x9ee00000, 2 * MiB), layout.Fdt);
        Assert.Contains(("firmware", new AddressRange(0x7fc00000, 4 * MiB)), layout.Ranges(config, HostCapabilities.Typical));
    }

    [Fact]
    public void A_pool_of_fixed_place_counts_into_the_memory_that_is_needed()
    {
        VmConfig config = SamplePlans.Config(memoryMib: 69) with { Protection = ProtectionMode.UnprotectedWithFirmware, SwiotlbMib = 16 };

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(config));

        Assert.Contains("use --mem 70 or more", error.Message, StringComparison.Ordinal);
        SamplePlans.Make(config with { MemoryMib = 70 });
    }

    [Fact]
    public void A_device_tree_at_the_start_moves_the_kernel_up_by_2_MiB()
    {
        GuestLayout layout = SamplePlans.Make(SamplePlans.Config() with { FdtPosition = FdtPosition.Start }).Layout;

        Assert.Equal(0x80000000UL, layout.Fdt.Start);
        Assert.Equal(0x80200000UL, layout.Entry);
    }

    [Fact]
    public void A_device_tree_after_the_payload_takes_the_next_2_MiB_boundary()
    {
        GuestLayout layout = SamplePlans.Make(SamplePlans.Config() with { FdtPosition = FdtPosition.AfterPayload }, initrdSize: 3 * MiB + 1).Layout;

        Assert.Equal(0x83400000UL, layout.Fdt.Start);
    }

    [Fact]
    public void The_entry_is_counted_from_where_the_kernel_was_placed()
    {
        var kernel = new PlacedKernel(0x80080000, MemorySize: MiB, FileSize: MiB, EntryOffset: 0x40);

        GuestLayout layout = GuestLayout.Plan(SamplePlans.Config(), HostCapabilities.Typical, kernel, null);

        Assert.Equal(0x80080000UL, layout.Kernel.Start);
        Assert.Equal(0x80080040UL, layout.Entry);
        Assert.Null(layout.Initrd);
    }

    [Fact]
    public void Too_little_memory_is_refused_with_the_size_that_would_do()
    {
        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(SamplePlans.Config(memoryMib: 48)));

        Assert.Contains("use --mem 54 or more", error.Message, StringComparison.Ordinal);
        SamplePlans.Make(SamplePlans.Config(memoryMib: 54));
        Assert.Throws<LayoutException>(() => SamplePlans.Make(SamplePlans.Config(memoryMib: 53)));
    }

    [Fact]
    public void More_memory_than_the_address_space_is_refused_with_what_fits()
    {
        var host = HostCapabilities.Typical with { IpaBits = 36 };

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(SamplePlans.Config(memoryMib: 70_000), host: host));

        Assert.Contains("at most 61440 MiB", error.Message, StringComparison.Ordinal);
        SamplePlans.Make(SamplePlans.Config(memoryMib: 61_440), host: host);
    }

    [Fact]
    public void More_vcpus_than_the_host_allows_are_refused()
    {
        var error = Assert.Throws<LayoutException>(
            () => SamplePlans.Make(SamplePlans.Config(cpus: 9), host: HostCapabilities.Typical with { MaxVcpus = 8 }));

        Assert.Contains("at most 8 vCPUs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_PCI_window_moved_onto_another_range_is_refused_with_both_names()
    {
        VmConfig config = SamplePlans.Config() with { PciCam = new AddressRange(0x1f00000, 16 * MiB) };

        var error = Assert.Throws<LayoutException>(() => SamplePlans.Make(config));

        Assert.Contains("PCI configuration", error.Message, StringComparison.Ordinal);
        Assert.Contains("overlap", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_PCI_windows_of_AVF_are_honoured()
    {
        VmConfig config = SamplePlans.Config() with
        {
            PciMem = new AddressRange(0x2c000000, 0x2000000),
            PciCam = new AddressRange(0x2e000000, 0x1000000),
        };

        GuestLayout layout = SamplePlans.Make(config).Layout;

        Assert.Equal(0x2e000000UL, layout.PciCam.Start);
        Assert.Equal(0x2c000000UL, layout.PciMem.Start);
    }

    [Fact]
    public void Nothing_overlaps_and_all_is_inside_for_any_machine_that_is_accepted()
    {
        var machines =
            from memory in Gen.Choose(16, 1 << 18)
            from cpus in Gen.Choose(1, VmLimits.MaxCpus)
            from position in Gen.Elements(FdtPosition.Start, FdtPosition.End, FdtPosition.AfterPayload)
            from ipaBits in Gen.Elements(36, 40, 44, 48)
            from gicV3 in Gen.Elements(true, false)
            from its in Gen.Elements(true, false)
            from textOffset in Gen.Elements(0UL, 0x80000UL)
            from imageKib in Gen.Choose(1, 80 * 1024)
            from initrdKib in Gen.Choose(0, 200 * 1024)
            from day in Gen.Choose(0, 1200)
            select (
                config: SamplePlans.Config((ulong)memory, gicV3 ? cpus : Math.Min(cpus, 8)) with
                {
                    FdtPosition = position,
                    AllowVgicIts = its,
                    CompatDate = CrosvmCompat.Earliest.AddDays(day),
                },
                host: HostCapabilities.Typical with { IpaBits = ipaBits, GicV3 = gicV3 },
                textOffset,
                imageBytes: (ulong)imageKib << 10,
                initrd: initrdKib == 0 ? (ulong?)null : (ulong)initrdKib << 10);

        int accepted = 0;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5000),
            Prop.ForAll(machines.ToArbitrary(), machine =>
            {
                GuestLayout layout;
                try
                {
                    ulong address = GuestLayout.PayloadBase(machine.config) + machine.textOffset;
                    var kernel = new PlacedKernel(address, machine.imageBytes, machine.imageBytes / 2, 0);
                    layout = GuestLayout.Plan(machine.config, machine.host, kernel, machine.initrd);
                }
                catch (LayoutException)
                {
                    return;
                }

                accepted++;
                AssertDisjoint([.. layout.Ranges(machine.config, machine.host).Select(r => r.Range)]);
                AddressRange[] inRam = layout.Initrd is { } initrd ? [layout.Kernel, initrd, layout.Fdt] : [layout.Kernel, layout.Fdt];
                AssertDisjoint(inRam);
                Assert.All(inRam, range => Assert.True(layout.Ram.Contains(range.Start, range.Size), $"{range} in {layout.Ram}"));
                Assert.Equal(0UL, layout.Fdt.Start % Arm64Layout.FdtMaxSize);
                Assert.True(layout.PciHighMem.End <= 1UL << machine.host.IpaBits);
                Assert.True(layout.Kernel.Contains(layout.Entry, 4));
            }));
        Assert.True(accepted > 2000, $"only {accepted} of 5000 machines were accepted: the test looks at too few");
    }

    private static void AssertDisjoint(AddressRange[] ranges)
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.False(ranges[i].Overlaps(ranges[j]), $"{ranges[i]} and {ranges[j]}");
            }
        }
    }
}
