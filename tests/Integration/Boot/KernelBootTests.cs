using System.Globalization;
using BootLoader.Fdt;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Boot;

/// <summary>Debian's kernels, by age, with one and several vCPUs, in little and in much memory: every pair of these together at least once.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class KernelBootTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Report = $"""
        echo '== cpus'; nproc
        echo '== memory'; sed -n 's/^MemTotal: *//p' /proc/meminfo
        echo '== kernel'; uname -r
        echo '== interrupts'; sed 's/  */ /g' /proc/interrupts
        echo '== command line'; cat /proc/cmdline
        echo '== tree'; {GuestDeviceTree.Command}
        exit 7
        """;

    [Theory]
    [InlineData(Age.Oldest, 1, 128)]
    [InlineData(Age.Oldest, 4, 2048)]
    [InlineData(Age.Middle, 4, 128)]
    [InlineData(Age.Middle, 1, 2048)]
    [InlineData(Age.Newest, 1, 160)]
    [InlineData(Age.Newest, 4, 2048)]
    public async Task A_kernel_finds_the_machine_that_was_asked_for(Age age, int cpus, int memoryMib)
    {
        Version version = Artifacts.Kernels[age switch { Age.Oldest => 0, Age.Middle => Artifacts.Kernels.Count / 2, _ => ^1 }];
        LinuxRun run = await new LinuxGuest(Report)
        {
            Kernel = LinuxGuest.KernelPath(version),
            Cpus = cpus.ToString(CultureInfo.InvariantCulture),
            MemoryMib = memoryMib,
            Options = "--dump-device-tree-blob $W/dtb",
        }.Run(Work);

        run.ShouldEndWith(7);
        Assert.Equal(cpus.ToString(CultureInfo.InvariantCulture), run.Section("cpus"));
        Assert.StartsWith($"{version}.", run.Section("kernel"), StringComparison.Ordinal);
        Assert.Equal("panic=-1 console=ttyS0 quiet", run.Section("command line"));
        Assert.InRange(MemoryTotalMib(run), (memoryMib * 7 / 8) - 32, memoryMib);
        CheckInterrupts(run, cpus);
        FdtTree tree = await GuestDeviceTree.ReadDump(Work);
        GuestDeviceTree.ShouldEqual(tree, run.Section("tree"));
        Assert.Equal([0x8000_0000UL, (ulong)memoryMib << 20], tree.Find("/memory")!.Property("reg")!.ToU64s());
    }

    [Fact]
    public async Task Sixteen_cpus_come_up_and_all_of_them_work()
    {
        LinuxRun run = await new LinuxGuest(
            """
            echo '== online'; cat /sys/devices/system/cpu/online
            echo '== ran on'; for cpu in $(seq 0 15); do taskset $(printf %x $((1 << cpu))) sh -c 'cut -d" " -f39 /proc/self/stat'; done
            """)
        {
            Cpus = "16",
        }.Run(Work);

        run.ShouldEndWith(0);
        Assert.Equal("0-15", run.Section("online"));
        Assert.Equal(string.Join('\n', Enumerable.Range(0, 16)), run.Section("ran on"));
    }

    private static int MemoryTotalMib(LinuxRun run)
    {
        string[] words = run.Section("memory").Split(' ');
        Assert.Equal("kB", words[1]);
        return int.Parse(words[0], CultureInfo.InvariantCulture) / 1024;
    }

    private static void CheckInterrupts(LinuxRun run, int cpus)
    {
        string table = run.Section("interrupts");
        Assert.Equal(cpus, table.Split('\n')[0].Split("CPU").Length - 1);
        Assert.Matches(@"GICv3 32 Edge +ttyS0", table);
        Assert.Matches(@"GICv3 27 Level +arch_timer", table);
        Assert.Matches(@"GICv3 23 Level +arm-pmu", table);
    }

    /// <summary>Which of the kernels.</summary>
    public enum Age
    {
        /// <summary>The oldest.</summary>
        Oldest,

        /// <summary>One between.</summary>
        Middle,

        /// <summary>The newest.</summary>
        Newest,
    }
}
