using System.Text;
using Kvm.Interop;
using Kvm.Interop.Sockets;
using Vmm.CommandLine;
using Vmm.Control;
using Vmm.Outcome;
using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Control;

public sealed class ControlServerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;
    private readonly FakeVm _vm = new();
    private readonly List<IDisposable> _open = [];

    private string SocketPath => Path.Combine(_directory, "vm.sock");

    [Fact]
    public void Requests_reach_the_vm_and_are_answered()
    {
        Start(SocketPath);
        using var client = ControlClient.Connect(SocketPath);
        foreach (var request in (string[])["suspend", "resume", "stop"])
        {
            Assert.Equal(ControlResponse.Done, client.Send(new ControlRequest { Request = request }, s_patience));
        }

        Assert.Equal(["suspend", "resume", "stop"], _vm.Calls);
        Assert.Equal(_vm.Status, client.Send(new ControlRequest { Request = "status" }, s_patience).Status);
        Assert.Equal(new ControlVersion(VmmVersion.Text, ControlVersion.CurrentProtocol), client.Send(new ControlRequest { Request = "version" }, s_patience).Version);
    }

    [Fact]
    public void The_messages_on_the_wire_are_the_documented_ones()
    {
        Start(SocketPath);
        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"resume"}"""));
        Assert.Equal(
            """{"ok":true,"status":{"state":"running","name":"one","pid":42,"cpus":4,"memoryMib":256,"protected":true}}""",
            Exchange("""{"request":"status"}"""));
        Assert.Equal("""{"ok":false,"error":"unknown request \u0027explode\u0027"}""", Exchange("""{"request":"explode"}"""));
    }

    [Fact]
    public void A_request_that_fails_is_answered_with_the_reason_and_the_next_one_is_served()
    {
        Start(SocketPath);
        _vm.Failure = new VmmException("vCPU 3 does not stop");
        using var client = ControlClient.Connect(SocketPath);
        Assert.Equal(ControlResponse.Failed("vCPU 3 does not stop"), client.Send(new ControlRequest { Request = "suspend" }, s_patience));
        _vm.Failure = null;
        Assert.True(client.Send(new ControlRequest { Request = "suspend" }, s_patience).Ok);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"stop\"")]
    [InlineData("{\"request\":null}")]
    [InlineData("{\"request\":\"\"}")]
    [InlineData("{\"request\":5}")]
    [InlineData("{\"request\":\"stop\",\"more\":1}")]
    [InlineData("{\"request\":\"stop\"} {\"request\":\"stop\"}")]
    [InlineData("{\"request\":\"stop\"")]
    [InlineData("{\"request\":[[[[[[[[[[[[[[[[[[[[\"stop\"]]]]]]]]]]]]]]]]]]]]}")]
    [InlineData("\0\0\0\0")]
    public void A_packet_that_is_no_request_is_answered_and_changes_nothing(string packet)
    {
        Start(SocketPath);
        Assert.Contains("\"ok\":false", Exchange(packet), StringComparison.Ordinal);
        Assert.Empty(_vm.Calls);
        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"stop"}"""));
    }

    [Fact]
    public void A_hundred_thousand_random_bytes_in_packets_leave_the_server_working()
    {
        Start(SocketPath);
        var random = new Random(5);
        for (var sent = 0; sent < 100_000;)
        {
            using var client = SeqPacketSocket.Connect(SocketPath);
            for (var i = 0; i < 20; i++)
            {
                var packet = new byte[random.Next(1, 400)];
                random.NextBytes(packet);
                sent += packet.Length;
                client.Send(packet);
            }
        }

        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"stop"}"""));
        Assert.Equal(["stop"], _vm.Calls);
    }

    [Fact]
    public void A_request_that_is_too_long_is_answered_and_ends_its_connection_only()
    {
        Start(SocketPath);
        using var other = ControlClient.Connect(SocketPath);
        using var client = SeqPacketSocket.Connect(SocketPath);
        client.Send(new byte[4097]);
        Assert.Contains("at most 4096 bytes", Receive(client), StringComparison.Ordinal);
        Assert.Equal("", Receive(client));
        Assert.True(other.Send(new ControlRequest { Request = "status" }, s_patience).Ok);
    }

    [Fact]
    public void A_client_that_never_reads_is_dropped_and_holds_up_nobody()
    {
        Start(SocketPath);
        using var deaf = SeqPacketSocket.Connect(SocketPath);
        deaf.SetNonBlocking(true);
        var request = Encoding.UTF8.GetBytes("""{"request":"status"}""");
        var until = DateTime.UtcNow + s_patience;
        try
        {
            // The answers fill the client's queue; when it is full the server hangs up, which shows as EPIPE here.
            while (DateTime.UtcNow < until)
            {
                deaf.Send(request);
            }

            Assert.Fail("the server did not drop the client");
        }
        catch (LinuxException failure)
        {
            Assert.Contains(failure.Errno, (int[])[Errno.EPIPE, Errno.ECONNRESET]);
        }

        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"stop"}"""));
    }

    [Fact]
    public void Two_hundred_quiet_clients_hold_up_nobody()
    {
        Start(SocketPath);
        for (var i = 0; i < 200; i++)
        {
            _open.Add(SeqPacketSocket.Connect(SocketPath));
        }

        using var talker = ControlClient.Connect(SocketPath);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(talker.Send(new ControlRequest { Request = "status" }, s_patience).Ok);
        }

        ((SeqPacketSocket)_open[^1]).Send("""{"request":"resume"}"""u8);
        Assert.Equal("""{"ok":true}""", Receive((SeqPacketSocket)_open[^1]));
    }

    [Fact]
    public void A_client_beyond_the_limit_is_told_so_and_the_others_stay()
    {
        var server = new ControlServer { MaxClients = 3 };
        _open.Insert(0, server);
        server.Add(ControlSocket.Open(SocketPath));
        server.Start(_vm);
        List<ControlClient> clients = [];
        for (var i = 0; i < 3; i++)
        {
            clients.Add(ControlClient.Connect(SocketPath));
            _open.Add(clients[i]);
            Assert.True(clients[i].Send(new ControlRequest { Request = "status" }, s_patience).Ok);
        }

        using (var late = ControlClient.Connect(SocketPath))
        {
            Assert.Contains("3 clients already", late.Send(new ControlRequest { Request = "status" }, s_patience).Error, StringComparison.Ordinal);
        }

        clients[0].Dispose();
        using var next = ControlClient.Connect(SocketPath);
        SpinWait.SpinUntil(() => TrySend(next), s_patience);
        Assert.True(clients[2].Send(new ControlRequest { Request = "status" }, s_patience).Ok);
    }

    [Fact]
    public void One_server_answers_at_several_places()
    {
        var second = Path.Combine(_directory, "second.sock");
        var server = new ControlServer();
        _open.Insert(0, server);
        server.Add(ControlSocket.Open(SocketPath));
        server.Start(_vm, prepare => prepare.Add(ControlSocket.Open(second)));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(second), s_patience));
        Assert.Equal("""{"ok":true}""", Exchange("""{"request":"resume"}"""));
        using (var client = ControlClient.Connect(second))
        {
            Assert.True(client.Send(new ControlRequest { Request = "status" }, s_patience).Ok);
        }

        server.Dispose();
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void Descriptors_that_a_client_sends_are_closed()
    {
        Start(SocketPath);
        using var client = SeqPacketSocket.Connect(SocketPath);
        var request = Encoding.UTF8.GetBytes("""{"request":"status"}""");
        client.Send(request);
        Receive(client);
        var before = Directory.GetFiles("/proc/self/fd").Length;
        for (var i = 0; i < 50; i++)
        {
            client.Send(request, client, client, client);
            Receive(client);
        }

        // Other tests open files at the same time; 150 leaked ones would stand out.
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 100);
    }

    [Fact]
    public void Disposing_removes_the_socket_and_hangs_up()
    {
        var server = Start(SocketPath);
        using var client = SeqPacketSocket.Connect(SocketPath);
        client.Send(Encoding.UTF8.GetBytes("""{"request":"status"}"""));
        Receive(client);
        server.Dispose();
        Assert.False(File.Exists(SocketPath));
        Assert.Equal("", Receive(client));
    }

    [Fact]
    public void The_commands_talk_to_a_vm()
    {
        Start(SocketPath);
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke("suspend", SocketPath));
        Assert.Equal(0, cli.Invoke("resume", SocketPath));
        Assert.Equal(0, cli.Invoke("stop", SocketPath));
        Assert.Equal("", cli.Output.ToString());
        Assert.Equal(["suspend", "resume", "stop"], _vm.Calls);
        Assert.Equal(0, cli.Invoke("version", SocketPath));
        Assert.Equal(0, cli.Invoke("status", SocketPath));
        Assert.Contains("memory     256 MiB", cli.Output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var resource in _open)
        {
            resource.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private ControlServer Start(string path)
    {
        var server = ControlServer.Listen(path);
        _open.Insert(0, server);
        server.Start(_vm);
        return server;
    }

    private static bool TrySend(ControlClient client)
    {
        try
        {
            return client.Send(new ControlRequest { Request = "status" }, s_patience).Ok;
        }
        catch (VmmException)
        {
            return false;
        }
    }

    private string Exchange(string packet)
    {
        using var client = SeqPacketSocket.Connect(SocketPath);
        client.Send(Encoding.UTF8.GetBytes(packet));
        return Receive(client);
    }

    private static string Receive(SeqPacketSocket client)
    {
        var buffer = new byte[4096];
        Assert.True(client.WaitReadable((int)s_patience.TotalMilliseconds));
        try
        {
            using var message = client.Receive(buffer);
            return Encoding.UTF8.GetString(buffer, 0, message.Length);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ECONNRESET)
        {
            // The server hung up with a request of ours unread.
            return "";
        }
    }
}
