using System.Diagnostics;
using System.Text.Json;
using Virtio;
using Vmm.Control;
using Vmm.Listing;

namespace Vmm.Tests.Listing;

public class VmTableTests
{
    private static readonly VmRow s_web = new()
    {
        Pid = 4711,
        Name = "web",
        State = "running",
        Cpus = 2,
        MemoryMib = 512,
        GuestRss = 123 << 20,
        OverheadRss = 31 << 20,
        UptimeSeconds = 3725,
        ExitsPerSecond = 1234.6,
        Block = new VmRate(3, 4096, 1, 1.5 * 1024 * 1024),
        Net = new VmRate(0, 0, 0, 900),
        Socket = "/x/1.sock",
    };

    private static readonly VmRow s_silent = new() { Pid = 5, State = "silent", Socket = "/x/2.sock" };

    [Fact]
    public void The_table_has_every_column_where_it_is_wide_enough()
    {
        Assert.Equal(
            """
             PID  NAME  STATE    CPUS   MEM       RSS  UPTIME  EXITS/S  BLOCK R/W  NET RX/TX  VSOCK RX/TX
            4711  web   running     2  512M  123M+31M   1h02m     1235  4.0K/1.5M    0B/900B            -
               5  -     silent      -     -         -       -        -          -          -            -

            """,
            VmTable.Write([s_web, s_silent]));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(20)]
    [InlineData(8)]
    [InlineData(1)]
    public void No_line_is_wider_than_the_terminal(int width)
    {
        var text = VmTable.Write([s_web with { Name = new string('n', 300) }, s_silent], width);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.Equal(3, lines.Length);
        Assert.Equal(width >= 40, text.Contains("STATE", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_fit_below_is_counted()
    {
        var lines = VmTable.Write([.. Enumerable.Repeat(s_silent, 30)], 80, height: 10).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(10, lines.Length);
        Assert.Equal("… and 22 more", lines[^1]);
    }

    [Fact]
    public void No_vm_is_an_empty_table()
    {
        Assert.StartsWith("PID  NAME  STATE", VmTable.Write([]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_cannot_steer_the_terminal()
    {
        Assert.DoesNotContain('\e', VmTable.Write([s_web with { Name = "\e[2Jx\n" }]));
    }

    [Fact]
    public void Lines_are_json_that_leaves_out_what_is_not_known()
    {
        Assert.Equal(
            """[{"pid":5,"state":"silent","socket":"/x/2.sock"}]""",
            JsonSerializer.Serialize([s_silent], VmRowJson.Default.IReadOnlyListVmRow));
    }

    [Fact]
    public void Rates_are_of_the_time_between_two_readings_and_first_of_the_whole_life()
    {
        var meter = new VmMeter();
        var first = meter.Measure([Reading(uptime: 2000, exits: 100, read: 1000)])[0];
        var second = meter.Measure([Reading(uptime: 3000, exits: 400, read: 6000)])[0];
        var other = meter.Measure([Reading(uptime: 500, exits: 10, read: 50)])[0];

        Assert.Equal((50, 500, 0), (first.ExitsPerSecond, first.Block?.InBytes, first.Block?.OutBytes));
        Assert.Equal((300, 5000), (second.ExitsPerSecond, second.Block?.InBytes));
        Assert.Equal((20, 100), (other.ExitsPerSecond, other.Block?.InBytes));
        Assert.Null(first.Net);
    }

    [Fact]
    public void The_memory_of_a_process_is_the_guests_and_the_rest()
    {
        const string Smaps = """
            7f0000000000-7f0010000000 rw-p 00000000 00:00 0                          [anon:crosvm_guest]
            Size:             262144 kB
            Rss:               70000 kB
            AnonHugePages:     65536 kB
            7f0010000000-7f0020000000 rw-s 00000000 00:01 1034                       /memfd:crosvm_guest (deleted)
            Rss:                 100 kB
            7f0020000000-7f0020001000 r-xp 00000000 08:01 99                         /usr/bin/vmm
            Rss:                   4 kB
            VmFlags: rd ex mr mw me
            ffff8000-ffff9000 r-xp 00000000 00:00 0                                  [vdso]
            Rss:                   8 kB
            """;

        Assert.Equal(new ProcessMemory(70100ul << 10, 12 << 10), ProcessMemory.Parse(Smaps.Split('\n'), 1 << 20));
        Assert.Null(ProcessMemory.Parse([], 0));
        Assert.NotNull(ProcessMemory.Of(Environment.ProcessId, 1 << 20));
        Assert.Null(ProcessMemory.Of(int.MaxValue, 0));
    }

    [Fact]
    public void The_memory_of_a_guest_without_a_name_is_known_by_its_size()
    {
        const string Smaps = """
            7f0000000000-7f0020000000 rw-p 00000000 00:00 0
            Size:             524288 kB
            Rss:               70000 kB
            7f0030000000-7f0130000000 ---p 00000000 00:00 0
            Size:            4194304 kB
            Rss:                   0 kB
            7f0020000000-7f0020001000 rw-p 00000000 00:00 0                          [heap]
            Size:               1024 kB
            Rss:                   4 kB
            """;

        Assert.Equal(new ProcessMemory(70000ul << 10, 4 << 10), ProcessMemory.Parse(Smaps.Split('\n'), 512ul << 20));
    }

    [Fact]
    public void Watching_prints_again_and_again_and_ends_with_its_reader()
    {
        var start = new ProcessStartInfo("dotnet", [VmmProcess.Path, "ls", "--watch"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var heads = 0;
        while (heads < 2 && process.StandardOutput.ReadLine() is { } line)
        {
            heads += line.Contains("PID", StringComparison.Ordinal) ? 1 : 0;
        }

        process.StandardOutput.Close();
        Assert.Equal(2, heads);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal("", process.StandardError.ReadToEnd());
    }

    private static SurveyedVm Reading(long uptime, long exits, long read) => new(
        new RegisteredVm(int.MaxValue, "/x/3.sock"),
        new VmStatus
        {
            State = VmState.Running,
            Pid = int.MaxValue,
            Cpus = 1,
            MemoryMib = 256,
            Protected = false,
            Activity = new VmActivity { UptimeMilliseconds = uptime, Exits = exits, Block = new DeviceCounters(1, read, 0, 0) },
        });
}
