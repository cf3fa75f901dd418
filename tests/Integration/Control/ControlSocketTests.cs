using System.Globalization;
using Integration.Hosts;

namespace Integration.Control;

/// <summary>A running VM's control socket. The guest prints a rising number, so its standstill can be seen.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ControlSocketTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Run = "./vmm --extended-status run --cpus 2 --mem 64 --name counter --socket $W/socket --serial type=file,path=$W/out guests/count.img </dev/null";

    [Fact]
    public async Task A_vm_stands_still_while_it_is_suspended_and_goes_on_where_it_was()
    {
        await using HostProcess vm = Work.Start(Run);
        await WaitForLines(3);
        Assert.Equal(
            ["state running", "name counter", "cpus 2", "memory 64 MiB", "protected no"],
            await Status());

        (await Work.Run("./vmm suspend $W/socket && ./vmm suspend $W/socket")).ShouldExitWith(0);
        Assert.Contains("state suspended", await Status());
        long still = await Size();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(still, await Size());

        (await Work.Run("./vmm resume $W/socket && ./vmm resume $W/socket")).ShouldExitWith(0);
        Assert.Contains("state running", await Status());
        await WaitForLines((int)(still / 17) + 3);
        string version = (await Work.Run("./vmm version $W/socket")).ShouldExitWith(0).Output;
        Assert.Equal($"{(await Work.Run("./vmm version")).Output.Trim()}, control protocol 2\n", version);

        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
        Assert.Equal("out\n", (await Work.Run("ls $W")).Output);
        await ShouldHaveCounted();
    }

    [Fact]
    public async Task A_vm_that_starts_suspended_runs_nothing_before_it_is_resumed()
    {
        await using HostProcess vm = Work.Start(Run.Replace("run ", "run --suspended ", StringComparison.Ordinal));
        await WaitFor("[ -S $W/socket ] && ./vmm status $W/socket | grep -q suspended");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await Size());

        (await Work.Run("./vmm resume $W/socket")).ShouldExitWith(0);
        await WaitForLines(2);
        (await Work.Run("./vmm suspend $W/socket && ./vmm stop $W/socket")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
        await ShouldHaveCounted();
    }

    [Fact]
    public async Task A_second_vm_on_the_same_socket_is_refused_and_the_first_goes_on()
    {
        await using HostProcess vm = Work.Start(Run);
        await WaitForLines(1);

        CommandResult second = await Work.Run("./vmm run --socket $W/socket guests/poweroff.img </dev/null");
        second.ShouldExitWith(1);
        Assert.Equal("", second.Output);
        Assert.Equal($"vmm: --socket: another VM is listening on {Work.Path}/socket\n", second.Error);

        long size = await Size();
        await WaitForLines((int)(size / 17) + 2);
        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        (await vm.End(TimeSpan.FromSeconds(30))).ShouldExitWith(0);
    }

    [Fact]
    public async Task A_socket_that_a_killed_vm_left_is_taken_over()
    {
        await using (HostProcess first = Work.Start($"sh -c 'echo $$; exec {Run}'"))
        {
            int end = await first.Expect("\n");
            await WaitForLines(1);
            (await Work.Run($"kill -9 {first.Output[..(end - 1)]}")).ShouldExitWith(0);
            (await first.End(TimeSpan.FromSeconds(30))).ShouldExitWith(137);
        }

        Assert.Equal("out\nsocket\n", (await Work.Run("ls $W")).Output);
        (await Work.Run("./vmm status $W/socket")).ShouldExitWith(1);
        CommandResult second = await Work.Run("./vmm run --socket $W/socket guests/poweroff.img </dev/null && ls $W");
        second.ShouldExitWith(0);
        Assert.Equal("up\nout\n", second.Text);
    }

    private async Task<IEnumerable<string>> Status()
    {
        CommandResult status = (await Work.Run("./vmm status $W/socket")).ShouldExitWith(0);
        return status.Output.Trim().Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Where(line => !line.StartsWith("pid ", StringComparison.Ordinal));
    }

    private async Task<long> Size() => long.Parse((await Work.Run("wc -c <$W/out")).ShouldExitWith(0).Output, CultureInfo.InvariantCulture);

    private Task WaitForLines(int count) => WaitFor($"[ -e $W/out ] && [ $(wc -l <$W/out) -ge {count} ]");

    private async Task WaitFor(string condition) =>
        (await Work.Run($"for i in $(seq 300); do {condition} && exit; sleep 0.1; done; exit 1")).ShouldExitWith(0);

    /// <summary>Every number from 0 on, none left out or printed twice.</summary>
    private async Task ShouldHaveCounted()
    {
        string[] lines = (await Work.Run("cat $W/out")).Output.Split('\n');
        Assert.Equal(Enumerable.Range(0, lines.Length - 1).Select(i => $"{i:x16}"), lines[..^1]);
    }
}
