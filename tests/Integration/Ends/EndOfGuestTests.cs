using Integration.Guests;
using Integration.Hosts;

namespace Integration.Ends;

/// <summary>How a guest ends, and what the exit status says of it.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class EndOfGuestTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Theory]
    [InlineData("poweroff", 0)]
    [InlineData("reset", 32)]
    [InlineData("stall", 36)]
    public async Task The_end_is_told_with_extended_status_only(string guest, int status)
    {
        CommandResult extended = await Work.Run($"./vmm --extended-status run guests/{guest}.img </dev/null");
        CommandResult plainly = await Work.Run($"./vmm run guests/{guest}.img </dev/null");

        extended.ShouldExitWith(status);
        plainly.ShouldExitWith(0);
        Assert.Equal(extended.Text, plainly.Text);
    }

    [Fact]
    public async Task A_guest_that_stops_feeding_its_stall_detector_is_named()
    {
        CommandResult run = await Work.Run("./vmm --extended-status run guests/stall.img </dev/null");

        run.ShouldExitWith(36);
        Assert.Equal("vmm: vCPU 0 has stalled: its guest stopped feeding the stall detector\n", run.Error);
    }

    [Fact]
    public async Task Linux_reboots_into_a_reset()
    {
        LinuxRun run = await new LinuxGuest("reboot -f").Run(Work);

        Assert.Equal(32, run.VmmStatus);
        Assert.Null(run.CommandStatus);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task Linux_that_panics_says_why_and_resets()
    {
        LinuxRun run = await new LinuxGuest("echo c >/proc/sysrq-trigger") { Cpus = "2" }.Run(Work);

        Assert.Equal(32, run.VmmStatus);
        Assert.Null(run.CommandStatus);
        Assert.Contains("Kernel panic - not syncing: sysrq triggered crash", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_pair_from_an_unmapped_address_gets_an_abort_that_the_guest_can_handle()
    {
        CommandResult run = await Work.Run("./vmm --extended-status run guests/syndrome.img </dev/null");

        run.ShouldExitWith(0);
        Assert.Equal("abort\n", run.Text);
    }

    [Fact]
    public async Task Loads_and_stores_of_any_width_all_over_the_devices_harm_nobody()
    {
        CommandResult run = await Work.Run("./vmm --extended-status run guests/hostile.img </dev/null");

        run.ShouldExitWith(0);
        Assert.StartsWith("start\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nsurvived\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task A_guest_that_hammers_its_uart_loses_nothing_to_a_reader_and_cannot_be_held_up_by_one_that_sleeps()
    {
        CommandResult read = await Work.Run("./vmm --extended-status run guests/flood.img </dev/null | tr -d f | wc -c; ./vmm run guests/flood.img </dev/null | wc -c");
        CommandResult ignored = await Work.Run(
            """
            mkfifo $W/pipe; sleep 1000 <$W/pipe & reader=$!
            start=$(date +%s)
            ./vmm --extended-status run guests/flood.img >$W/pipe </dev/null; status=$?
            echo "status $status after $(($(date +%s) - start)) s"
            kill $reader
            """);

        Assert.Equal("0\n20000\n", read.Output);
        Assert.Matches("^status 0 after [0-9]{1,2} s\n$", ignored.Output);
    }
}
