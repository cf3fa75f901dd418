using Integration.Guests;
using Integration.Hosts;
using static Integration.Boot.KernelBootTests;

namespace Integration.Virtio;

/// <summary>The virtio PCI transport as Linux finds and uses it, shown with the entropy source.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class PciTransportTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string WithoutIts = "--irqchip kernel[allow-vgic-its=false]";

    // The entropy source is then the only device.
    private const string Alone = "--no-balloon";

    private const string Look = """
        cd /sys/bus/pci/devices/0000:00:01.0
        echo '== identity'; cat vendor device class revision subsystem_vendor subsystem_device
        echo '== region'; head -n 1 resource
        echo '== interrupt pin'; od -An -tu1 -j 61 -N 1 config
        echo '== features'; cat virtio0/features
        echo '== status'; cat virtio0/status
        echo '== source'; cat /sys/class/misc/hw_random/rng_current
        echo '== bytes'; head -c 20000 /dev/hwrng | wc -c
        echo '== interrupts'; grep virtio /proc/interrupts | sed 's/  */ /g'
        """;

    [Theory]
    [InlineData(Age.Oldest)]
    [InlineData(Age.Middle)]
    [InlineData(Age.Newest)]
    public async Task A_device_has_crosvms_identity_and_region_and_interrupts_by_messages(Age age)
    {
        LinuxRun run = await new LinuxGuest(Look) { Kernel = Kernel(age), Modules = true, Options = Alone }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("0x1af4 0x1044 0x00ff00 0x01 0x1af4 0x1044", run.Section("identity").ReplaceLineEndings(" "));
        Assert.Equal("0x0000000002000000 0x0000000002007fff 0x0000000000040200", run.Section("region"));
        Assert.Equal("1", run.Section("interrupt pin"));
        CheckWorks(run);
        Assert.Matches(@"ITS-(PCI-MSIX-0000:00:01\.0 0|MSI 16384) Edge virtio0-config", run.Section("interrupts"));
        Assert.True(Interrupts(run, "virtio0-input") > 0, run.Section("interrupts"));
    }

    [Theory]
    [InlineData(WithoutIts)]
    [InlineData("--compat-date 2026-01-01")]
    public async Task Without_an_interrupt_translation_service_a_device_shares_a_line(string options)
    {
        LinuxRun run = await new LinuxGuest(Look) { Modules = true, Options = $"{Alone} {options}" }.Run(Work);

        run.ShouldEndWith(0);
        CheckWorks(run);
        Assert.Matches(@"GICv3 36 Level virtio0$", run.Section("interrupts"));
        Assert.True(Interrupts(run, "virtio0") > 0, run.Section("interrupts"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(WithoutIts)]
    public async Task A_driver_and_a_device_can_come_and_go(string options)
    {
        LinuxRun run = await new LinuxGuest(
            """
            use() { head -c 1000 /dev/hwrng | wc -c; }
            echo '== bound again'
            for i in $(seq 20); do
                echo virtio0 >/sys/bus/virtio/drivers/virtio_rng/unbind
                echo virtio0 >/sys/bus/virtio/drivers/virtio_rng/bind
                use
            done
            echo '== probed again'
            for i in $(seq 5); do
                echo 0000:00:01.0 >/sys/bus/pci/drivers/virtio-pci/unbind
                echo 0000:00:01.0 >/sys/bus/pci/drivers/virtio-pci/bind
                use
            done
            echo '== loaded again'
            for i in $(seq 5); do
                rmmod virtio_rng && modprobe virtio-rng
                use
            done
            echo '== found again'
            for i in $(seq 5); do
                echo 1 >/sys/bus/pci/devices/0000:00:01.0/remove
                echo 1 >/sys/bus/pci/rescan
                use
            done
            echo '== complaints'; dmesg | grep -iE 'nobody cared|call trace|virtio.*(fail|error|reset)'; true
            """)
        {
            Kernel = Kernel(Age.Newest),
            Modules = true,
            Options = $"{Alone} {options}",
        }.Run(Work);

        run.ShouldEndWith(0);
        foreach ((string title, int times) in new[] { ("bound again", 20), ("probed again", 5), ("loaded again", 5), ("found again", 5) })
        {
            Assert.Equal(Enumerable.Repeat("1000", times), run.Section(title).Split('\n', StringSplitOptions.TrimEntries));
        }

        Assert.Equal("", run.Section("complaints"));
    }

    [Fact]
    public async Task Several_cpus_use_a_device_while_its_driver_comes_and_goes()
    {
        LinuxRun run = await new LinuxGuest(
            """
            for i in 1 2 3; do
                (while [ ! -e /tmp/end ]; do head -c 4096 /dev/hwrng >/dev/null 2>&1; done) &
            done
            for i in $(seq 30); do
                echo 1 >/sys/bus/pci/devices/0000:00:01.0/remove
                echo 1 >/sys/bus/pci/rescan
            done
            touch /tmp/end; wait
            echo '== bytes'; head -c 20000 /dev/hwrng | wc -c
            """)
        {
            Kernel = Kernel(Age.Newest),
            Cpus = "3",
            Modules = true,
            Options = Alone,
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("20000", run.Section("bytes"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(WithoutIts)]
    public async Task A_full_bus_works_with_as_many_messages_and_with_shared_lines(string options)
    {
        const int Disks = 30;
        CommandResult files = await Work.Run($"for i in $(seq {Disks}); do head -c 65536 /dev/urandom >$W/disk$i; done; cd $W && sha1sum $(seq {Disks} | sed s/^/disk/)");
        files.ShouldExitWith(0);
        string blocks = string.Join(' ', Enumerable.Range(1, Disks).Select(i => $"--block path=$W/disk{i},ro"));

        LinuxRun run = await new LinuxGuest(
            """
            cd /sys/bus/pci/devices
            echo '== devices'; ls | wc -l
            for round in 1 2 3 4 5; do
                for d in */virtio*/block/*; do cat /dev/${d##*/} >/tmp/${d##*/} & done; wait
                echo 3 >/proc/sys/vm/drop_caches
            done
            echo '== sums'
            for d in */virtio*/block/*; do sha1sum </tmp/${d##*/}; done
            echo '== interrupts'; grep virtio /proc/interrupts
            echo '== complaints'; dmesg | grep -iE 'nobody cared|call trace'; true
            """)
        {
            Kernel = Kernel(Age.Newest),
            Cpus = "2",
            Modules = true,
            Options = $"{Alone} {blocks} {options}",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal((Disks + 2).ToString(System.Globalization.CultureInfo.InvariantCulture), run.Section("devices"));
        Assert.Equal(Sums(files.Output), Sums(run.Section("sums")));
        Assert.Equal("", run.Section("complaints"));
    }

    [Fact]
    public async Task A_machine_without_the_entropy_source_has_an_empty_bus()
    {
        LinuxRun run = await new LinuxGuest("echo '== pci'; ls /sys/bus/pci/devices") { Options = $"{Alone} --no-rng" }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("0000:00:00.0", run.Section("pci"));
    }

    private static string Kernel(Age age) => LinuxGuest.KernelPath(
        Artifacts.Kernels[age switch { Age.Oldest => 0, Age.Middle => Artifacts.Kernels.Count / 2, _ => ^1 }]);

    private static void CheckWorks(LinuxRun run)
    {
        Assert.Equal("0x0000000f", run.Section("status"));
        Assert.Equal("virtio_rng.0", run.Section("source"));
        Assert.Equal("20000", run.Section("bytes"));
        string features = run.Section("features"); // bit 0 comes first
        Assert.Equal(
            "28 29 32",
            string.Join(' ', Enumerable.Range(0, features.Length).Where(bit => features[bit] == '1')));
    }

    /// <summary>How often an interrupt came, over all CPUs.</summary>
    private static int Interrupts(LinuxRun run, string name)
    {
        string line = run.Section("interrupts").Split('\n').Single(line => line.TrimEnd().EndsWith(' ' + name, StringComparison.Ordinal));
        return int.Parse(line.Trim().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string[] Sums(string listing) =>
        [.. listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];
}
