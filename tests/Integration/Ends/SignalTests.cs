using Integration.Hosts;

namespace Integration.Ends;

/// <summary>Signals that ask vmm to end.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class SignalTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task A_signal_stops_the_vm_cleanly(string signal)
    {
        // Not started in the background: a shell makes its background jobs ignore SIGINT.
        await using HostProcess vm = Work.Start(
            "echo $$; exec ./vmm --extended-status run --cpus 2 --socket $W/socket --serial type=stdout,console guests/count.img </dev/null");
        int pidEnd = await vm.Expect("\n");
        string pid = vm.Output[..(pidEnd - 1)];
        await vm.Expect("0000000000000003\n");

        (await Work.Run($"ls $W; kill -{signal} {pid}")).ShouldExitWith(0);
        CommandResult ended = await vm.End(TimeSpan.FromSeconds(30));

        ended.ShouldExitWith(0);
        Assert.Equal("", ended.Error);
        Assert.Empty(await Work.Processes());
        Assert.Equal("", (await Work.Run("ls $W")).Output);
    }

    [Fact]
    public async Task Ctrl_c_stops_a_vm_whose_console_is_not_the_terminal()
    {
        // The trap is for the shell, which gets the signal as well.
        await using HostProcess vm = Work.StartOnTerminal(
            "trap : INT; stty -g; ./vmm run --serial type=file,path=$W/out,console guests/count.img; echo status $?; stty -g");
        await WaitFor("grep -qs 0000000000000003 $W/out");

        await vm.Write("\x03");
        await vm.Expect("status 0");
        CommandResult ended = await vm.End(TimeSpan.FromSeconds(30));

        string[] lines = ended.Text.Trim().Split('\n');
        Assert.Equal(lines[0], lines[^1]);
    }

    [Fact]
    public async Task A_signal_gives_a_raw_terminal_back()
    {
        await using HostProcess vm = Work.StartOnTerminal("stty -g; ./vmm run guests/count.img; echo status $?; stty -g");
        await vm.Expect("0000000000000003");
        CommandResult terminals = await Work.Run("for p in $(pidof vmm); do stty -F /proc/$p/fd/0 -a | grep -c -e ' -icanon'; kill $p; done");
        Assert.Equal("1\n", terminals.Output);

        await vm.Expect("status 0");
        CommandResult ended = await vm.End(TimeSpan.FromSeconds(30));

        string[] lines = ended.Text.Trim().Split('\n');
        Assert.Equal(lines[0], lines[^1]);
    }

    private async Task WaitFor(string condition) =>
        (await Work.Run($"for i in $(seq 600); do {condition} && exit; sleep 0.1; done; exit 1")).ShouldExitWith(0);
}
