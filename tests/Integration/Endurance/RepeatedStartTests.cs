using System.Globalization;
using Integration.Hosts;

namespace Integration.Endurance;

/// <summary>Many starts leave nothing behind, neither in the host nor in a process that runs machine after machine.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class RepeatedStartTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task Fifty_processes_in_a_row_end_well_and_leave_the_host_as_it_was()
    {
        CommandResult run = await Work.Run(
            """
            count() { echo $(cut -f1 /proc/sys/fs/file-nr) $(ls -d /proc/[0-9]*/task/* | wc -l) $(ls -d /proc/[0-9]* | wc -l); }
            ./vmm run guests/poweroff.img </dev/null; count
            for i in $(seq 50); do ./vmm --extended-status run --cpus 2 guests/poweroff.img </dev/null || echo status $?; done
            count
            """,
            timeout: TimeSpan.FromMinutes(5));

        run.ShouldExitWith(0);
        string[] lines = run.Text.Trim().Split('\n');
        Assert.Equal(Enumerable.Repeat("up", 50), lines[2..^1]);
        int[] before = Numbers(lines[1]);
        int[] after = Numbers(lines[^1]);
        // Kernel threads come and go, and the kernel gives closed files back in batches.
        Assert.InRange(after[0], 0, before[0] + 200);
        Assert.InRange(after[1], 0, before[1] + 10);
        Assert.InRange(after[2], 0, before[2] + 10);
        Assert.Empty(await Work.Processes());
    }

    [Fact]
    public async Task Fifty_machines_in_one_process_give_every_descriptor_thread_and_mapping_back() =>
        await Probe("machines 50 guests/poweroff.img");

    [Fact]
    public async Task A_thousand_suspensions_of_a_spinning_guest_during_collections_are_all_carried_out() =>
        await Probe("suspend 1000 guests/spin.img");

    [Theory]
    [InlineData("exits")]
    [InlineData("flood")]
    public async Task A_guests_exits_allocate_nothing(string guest) => await Probe($"allocate guests/{guest}.img");

    private async Task Probe(string arguments)
    {
        CommandResult probe = await Work.Run($"./HostProbe {arguments}", timeout: TimeSpan.FromMinutes(5));
        probe.ShouldExitWith(0);
        Assert.Matches("^ok +[^\n]*\n$", probe.Text);
    }

    private static int[] Numbers(string line) => [.. line.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
}
