using System.Globalization;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Boot;

/// <summary>Options that change the machine, seen from inside it.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class MachineOptionTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Overlay = """
        /dts-v1/;
        /plugin/;
        / {
            fragment@7 {
                target-path = "/";
                __overlay__ {
                    from-an-overlay { marker = "seen", "twice"; };
                };
            };
        };
        """;

    [Fact]
    public async Task Parts_of_the_machine_can_be_left_out_of_a_gzip_kernels_guest()
    {
        await Work.Put("kernel", KernelFiles.Gzip(Artifacts.Kernels[0]));

        LinuxRun run = await new LinuxGuest(
            """
            cd /proc/device-tree
            echo '== nodes'; ls -d pmu* rtc* 2>/dev/null
            echo '== interrupts'; cat /proc/interrupts
            echo '== features'; grep -m1 Features /proc/cpuinfo
            echo '== cpus'; nproc
            """)
        {
            Kernel = "$W/kernel",
            Cpus = "2,sve=[auto=false]",
            Options = "--no-pmu --no-rtc --fdt-position start --hugepages",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("", run.Section("nodes"));
        Assert.DoesNotContain("pmu", run.Section("interrupts"), StringComparison.Ordinal);
        Assert.DoesNotContain(" sve", run.Section("features"), StringComparison.Ordinal);
        Assert.Equal("2", run.Section("cpus"));
    }

    [Fact]
    public async Task The_oldest_machine_with_the_pci_windows_of_android_boots_an_lz4_kernel()
    {
        await Work.Put("kernel", KernelFiles.Lz4(Artifacts.Kernels[0]));

        LinuxRun run = await new LinuxGuest(
            $"""
            echo '== memory'; cat /proc/iomem
            echo '== cpu'; tr '\0' ' ' </proc/device-tree/cpus/cpu@0/compatible; echo
            echo '== pci'; ls /sys/bus/pci/devices
            echo '== tree'; {GuestDeviceTree.Command}
            """)
        {
            Kernel = "$W/kernel",
            Options = "--compat-date 2023-11-22 --fdt-position after-payload --dump-device-tree-blob $W/dtb "
                + "--pci mem=[start=0x2c000000,size=0x2000000],cam=[start=0x2e000000,size=0x1000000]",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Matches("2c000000-2dffffff : ", run.Section("memory"));
        Assert.Matches("2e000000-2effffff : ", run.Section("memory"));
        Assert.Contains("arm,arm-v8", run.Section("cpu"), StringComparison.Ordinal);
        Assert.StartsWith("0000:00:00.0", run.Section("pci"), StringComparison.Ordinal);
        GuestDeviceTree.ShouldEqual(await GuestDeviceTree.ReadDump(Work), run.Section("tree"));
    }

    [Fact]
    public async Task A_zstd_kernel_sees_what_an_overlay_adds_the_interrupt_translation_service_and_sve()
    {
        await Work.Put("kernel", KernelFiles.Zstd(Artifacts.Kernels[0]));
        await Work.Put("overlay.dtbo", KernelFiles.CompileOverlay(Overlay));

        LinuxRun run = await new LinuxGuest(
            $"""
            echo '== marker'; tr '\0' ' ' </proc/device-tree/from-an-overlay/marker; echo
            echo '== its'; dmesg | grep 'ITS \['
            echo '== features'; grep -m1 Features /proc/cpuinfo
            echo '== pool'; ls /proc/device-tree/reserved-memory
            echo '== tree'; {GuestDeviceTree.Command}
            """)
        {
            Kernel = "$W/kernel",
            Options = "--device-tree-overlay $W/overlay.dtbo --irqchip kernel[allow-vgic-its] --swiotlb 8 --dump-device-tree-blob $W/dtb",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("seen twice", run.Section("marker"));
        Assert.Contains("ITS [mem 0x40000000-0x4001ffff]", run.Section("its"), StringComparison.Ordinal);
        Assert.Contains("restricted_dma_reserved", run.Section("pool"), StringComparison.Ordinal);
        CommandResult check = await Work.Run("./vmm check");
        bool hasSve = check.Output.Contains("ok    sve", StringComparison.Ordinal);
        Assert.Equal(hasSve, run.Section("features").Contains(" sve", StringComparison.Ordinal));
        GuestDeviceTree.ShouldEqual(await GuestDeviceTree.ReadDump(Work), run.Section("tree"));
    }

    [Theory]
    [InlineData("", 0x8000_0000, 0x87e0_0000)]
    [InlineData("--fdt-position end", 0x8000_0000, 0x87e0_0000)]
    [InlineData("--fdt-position start", 0x8020_0000, 0x8000_0000)]
    [InlineData("--fdt-position after-payload", 0x8000_0000, 0x8020_0000)]
    public async Task The_boot_cpu_starts_as_the_boot_protocol_says(string options, ulong start, ulong deviceTree)
    {
        CommandResult run = await Work.Run($"./vmm run --mem 128 {options} guests/entry.img </dev/null");

        run.ShouldExitWith(0);
        Dictionary<string, ulong> entry = run.Text.Trim().Split('\n').Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => ulong.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(start, entry["start"]);
        Assert.Equal(deviceTree, entry["x0"]);
        Assert.Equal(0UL, entry["x1"] | entry["x2"] | entry["x3"]);
        Assert.Equal(1UL, entry["el"]);
        Assert.Equal(0x3c0UL, entry["masks"]);
        Assert.Equal(0x8000_0000UL, entry["mpidr"]);
        Assert.Equal(0xedfe_0dd0UL, entry["magic"]);
    }

    [Fact]
    public async Task Huge_pages_are_asked_for_only_where_the_user_wants_them()
    {
        CommandResult result = await Work.Run(
            """
            for option in '' --hugepages; do
                ./vmm run --mem 64 $option guests/spin.img >$W/out$option </dev/null & p=$!
                until grep -qs up $W/out$option; do sleep 0.1; done
                grep -q '^VmFlags:.* dc.* hg' /proc/$p/smaps && echo "asked for with ${option:-nothing}"
                kill $p; wait $p
            done
            """);

        result.ShouldExitWith(0);
        Assert.Equal("asked for with --hugepages\n", result.Output);
    }

    [Fact]
    public async Task The_real_time_clock_has_the_hosts_time_and_goes_on()
    {
        CommandResult run = await Work.Run("date +%s; ./vmm run guests/clock.img </dev/null; date +%s");

        run.ShouldExitWith(0);
        string[] lines = run.Text.Trim().Split('\n');
        long before = long.Parse(lines[0], CultureInfo.InvariantCulture);
        long first = Hexadecimal(lines[1], "first ");
        long second = Hexadecimal(lines[2], "second ");
        long after = long.Parse(lines[3], CultureInfo.InvariantCulture);
        Assert.InRange(first, before, after);
        Assert.InRange(second, first + 1, after);
    }

    private static long Hexadecimal(string line, string title)
    {
        Assert.StartsWith(title, line, StringComparison.Ordinal);
        return long.Parse(line.AsSpan(title.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
