using System.Globalization;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Sockets between a Linux guest and its host, served by the host's kernel and by vmm itself; tests/Peer is on both ends.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class VsockTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const int Connections = 1000;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    public enum BackEnd
    {
        Kernel,
        UnixSockets,
    }

    // Under emulation a gigabyte each way takes minutes.
    private int Mebibytes => Work.Host.IsEmulated ? 128 : 1024;

    [Theory]
    [InlineData(BackEnd.Kernel)]
    [InlineData(BackEnd.UnixSockets)]
    public async Task A_thousand_connections_and_messages_go_both_ways(BackEnd backEnd)
    {
        await using HostProcess host = Work.Start(
            $"""
            ./peer echo {Here(backEnd, 70)} >/dev/null & a=$!
            ./peer echo seq-{Here(backEnd, 71)} >/dev/null & b=$!
            ./peer many {There(backEnd, 80)} {Connections} && ./peer cycle {There(backEnd, 80)} 100 && ./peer messages seq-{There(backEnd, 81)} 200
            s=$?; touch $W/done; echo "host $s"; read end; kill $a $b
            """);
        LinuxRun run = await Guest(
            backEnd,
            $"""
            peer echo vsock:4294967295:80 >/dev/null & peer echo seq-vsock:4294967295:81 >/dev/null &
            peer many vsock:2:70 {Connections} && peer cycle vsock:2:70 100 && peer messages seq-vsock:2:71 200 && echo guest done
            # The host says when it has done its part.
            peer ping vsock:2:72 1
            """,
            also: $"{{ while [ ! -e $W/done ]; do sleep 0.2; done; ./peer echo {Here(backEnd, 72)}; }} >/dev/null & e=$!;").Run(Work);
        await host.Write("\n");
        host.CloseInput();
        string there = (await host.End(s_patience)).Output;

        Assert.Contains($"many {Connections}\ncycle 100\nmessages 200\nhost 0\n", there, StringComparison.Ordinal);
        run.ShouldEndWith(0);
        Assert.Contains($"many {Connections}\ncycle 100\nmessages 200\nguest done\n", run.Console, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BackEnd.Kernel)]
    [InlineData(BackEnd.UnixSockets)]
    public async Task Large_data_arrives_whole_and_in_order_both_ways(BackEnd backEnd)
    {
        await using HostProcess host = Work.Start($"./peer sink {Here(backEnd, 70)} & ./peer send {There(backEnd, 80)} {Mebibytes}; wait");
        LinuxRun run = await Guest(
            backEnd, $"peer sink vsock:4294967295:80 & peer send vsock:2:70 {Mebibytes} && wait", also: "").Run(Work);
        host.CloseInput();
        string there = (await host.End(s_patience)).Output;

        run.ShouldEndWith(0);
        string count = ((long)Mebibytes << 20).ToString(CultureInfo.InvariantCulture);
        Assert.Contains($"sink {count}", there, StringComparison.Ordinal);
        Assert.Contains($"sink {count}", run.Console, StringComparison.Ordinal);
        Assert.Contains("send ", there, StringComparison.Ordinal);
        Assert.Contains("send ", run.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_machines_have_their_own_addresses()
    {
        const string Script = "peer ping vsock:2:70 100 && peer sink vsock:4294967295:80";
        await using HostProcess host = Work.Start(
            "./peer echo vsock:4294967295:70 >/dev/null & e=$!; ./peer send vsock:51:80 1 && ./peer send vsock:52:80 2; s=$?; read end; kill $e; exit $s");
        LinuxGuest first = new(Script) { Modules = true, Peer = true, Options = "--cid 51" };
        string second = "./vmm run --mem 256 --initrd $W/initrd -p quiet --cid 52 --serial type=file,path=$W/second,console --serial type=sink,num=2 "
            + $"{first.Kernel} </dev/null >/dev/null 2>&1 & echo $! >$W/pid;";
        LinuxRun run = await (first with { Before = second }).Run(Work);
        await host.Write("\n");
        host.CloseInput();
        (await host.End(s_patience)).ShouldExitWith(0);

        run.ShouldEndWith(0);
        Assert.Contains("sink 1048576", run.Console, StringComparison.Ordinal);
        CommandResult other = await Work.Run("for i in $(seq 600); do kill -0 $(cat $W/pid) 2>/dev/null || break; sleep 0.1; done; cat $W/second");
        Assert.Contains("sink 2097152", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_and_a_missing_device_are_told_in_one_line()
    {
        await using HostProcess vm = Work.Start(
            "./vmm run --mem 64 --cid 60 --socket $W/socket --serial type=file,path=$W/out guests/count.img </dev/null");
        (await Work.Run("for i in $(seq 100); do [ -s $W/out ] && exit 0; sleep 0.1; done; exit 1")).ShouldExitWith(0);

        CommandResult used = (await Work.Run("./vmm run --mem 64 --vsock 60 guests/count.img </dev/null")).ShouldExitWith(1);
        Assert.Contains("--vsock: VHOST_VSOCK_SET_GUEST_CID(60) on /dev/vhost-vsock: EADDRINUSE", used.Error, StringComparison.Ordinal);
        Assert.Contains("another virtual machine on this host has that CID: choose another", used.Error, StringComparison.Ordinal);
        CommandResult missing = (await Work.Run("./vmm run --mem 64 --vsock 61,device=/dev/nowhere guests/count.img </dev/null")).ShouldExitWith(1);
        Assert.Contains("--vsock: open on /dev/nowhere: ENOENT", missing.Error, StringComparison.Ordinal);
        Assert.Contains("modprobe vhost_vsock, or do without it: --vsock cid=61,uds=PATH", missing.Error, StringComparison.Ordinal);
        Assert.Single(missing.Error.Trim().Split('\n'));

        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        vm.CloseInput();
        (await vm.End(s_patience)).ShouldExitWith(0);
        // The address is free again.
        await using HostProcess next = Work.Start("./vmm run --mem 64 --cid 60 --vhost-vsock-fd 9 --socket $W/socket --serial type=file,path=$W/again guests/count.img 9<>/dev/vhost-vsock </dev/null");
        (await Work.Run("for i in $(seq 100); do [ -s $W/again ] && exit 0; sleep 0.1; done; exit 1")).ShouldExitWith(0);
        (await Work.Run("./vmm stop $W/socket")).ShouldExitWith(0);
        next.CloseInput();
        (await next.End(s_patience)).ShouldExitWith(0);
    }

    private static LinuxGuest Guest(BackEnd backEnd, string script, string also) => new(script)
    {
        Modules = true,
        Peer = true,
        Options = backEnd == BackEnd.Kernel ? "--cid 42" : "--vsock cid=42,uds=$W/v",
        Before = also,
        After = also.Length > 0 ? "kill $e;" : "",
    };

    /// <summary>Where a program on the host listens for the guest.</summary>
    private static string Here(BackEnd backEnd, int port) => backEnd == BackEnd.Kernel ? $"vsock:4294967295:{port}" : $"unix:$W/v_{port}";

    /// <summary>Where a program on the host finds a port of the guest.</summary>
    private static string There(BackEnd backEnd, int port) => backEnd == BackEnd.Kernel ? $"vsock:42:{port}" : $"uds:$W/v:{port}";
}
