using System.Net.Sockets;
using Kvm.Interop.Sockets;
using Vmm.Control;
using Vmm.Outcome;
using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Control;

public sealed class ControlSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;

    private string SocketPath => Path.Combine(_directory, "vm.sock");

    [Fact]
    public void Only_the_owner_may_connect()
    {
        using var server = ControlServer.Listen(SocketPath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public void A_second_vm_on_the_same_path_is_refused_and_the_first_goes_on()
    {
        using var server = ControlServer.Listen(SocketPath);
        server.Start(new FakeVm());
        Refused($"--socket: another VM is listening on {SocketPath}", SocketPath);
        using var client = ControlClient.Connect(SocketPath);
        Assert.True(client.Send(new ControlRequest { Request = "status" }, TimeSpan.FromSeconds(10)).Ok);
    }

    [Fact]
    public void A_socket_that_a_dead_vm_left_is_replaced()
    {
        SeqPacketSocket.Listen(SocketPath).Dispose();
        Assert.True(File.Exists(SocketPath));
        using var server = ControlServer.Listen(SocketPath);
        ControlClient.Connect(SocketPath).Dispose();
    }

    [Fact]
    public void A_file_in_the_way_is_not_removed()
    {
        File.WriteAllText(SocketPath, "precious");
        Refused($"--socket: {SocketPath} exists and is not a socket", SocketPath);
        Assert.Equal("precious", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void Another_programs_socket_in_the_way_is_not_removed()
    {
        using var stream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stream.Bind(new UnixDomainSocketEndPoint(SocketPath));
        stream.Listen();
        Refused($"--socket: {SocketPath} is another program's socket, not a VM's", SocketPath);
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public void A_socket_that_another_vm_has_put_in_its_place_is_left_at_the_end()
    {
        var first = ControlServer.Listen(SocketPath);
        File.Delete(SocketPath);
        using var second = ControlServer.Listen(SocketPath);
        first.Dispose();
        ControlClient.Connect(SocketPath).Dispose();
    }

    [Fact]
    public void A_directory_gets_a_socket_named_after_the_process()
    {
        using var server = ControlServer.Listen(_directory);
        Assert.True(File.Exists(Path.Combine(_directory, $"vmm-{Environment.ProcessId}.sock")));
    }

    [Fact]
    public void A_missing_directory_is_refused()
    {
        var path = Path.Combine(_directory, "none", "vm.sock");
        Refused($"--socket: cannot listen on {path}: No such file or directory", path);
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        var path = Path.Combine(_directory, new string('x', 120));
        var refusal = Assert.Throws<InvalidOptionException>(() => ControlServer.Listen(path));
        Assert.Contains("107 are possible", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bound_socket_can_be_passed_by_descriptor()
    {
        var bound = SeqPacketSocket.Listen(SocketPath);
        using var waiting = SeqPacketSocket.Connect(SocketPath);
        var number = bound.DangerousGetHandle();
        bound.SetHandleAsInvalid();
        using (var server = ControlServer.Listen($"/proc/self/fd/{number}"))
        {
            server.Start(new FakeVm());
            waiting.Send("""{"request":"resume"}"""u8);
            Assert.True(waiting.WaitReadable(10_000));
            using var client = ControlClient.Connect(SocketPath);
            Assert.True(client.Send(new ControlRequest { Request = "status" }, TimeSpan.FromSeconds(10)).Ok);
        }

        // The caller made the file, so it is the caller's to remove.
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public void A_descriptor_that_is_no_listening_socket_is_refused()
    {
        Refused("--socket: /proc/self/fd/x names no descriptor", "/proc/self/fd/x");
        Refused("--socket: cannot listen on /proc/self/fd/99999: Bad file descriptor", "/proc/self/fd/99999");
        var (first, second) = SeqPacketSocket.CreatePair();
        using (second)
        {
            var number = first.DangerousGetHandle();
            first.SetHandleAsInvalid();
            Refused($"--socket: /proc/self/fd/{number} is not a listening SOCK_SEQPACKET socket", $"/proc/self/fd/{number}");
        }
    }

    [Fact]
    public void Commands_say_why_they_reach_no_vm()
    {
        Unreachable($"no VM at {SocketPath}: there is no such socket");
        SeqPacketSocket.Listen(SocketPath).Dispose();
        Unreachable($"no VM at {SocketPath}: nobody listens there any more");
    }

    [Fact]
    public void A_command_tells_when_the_other_side_is_no_vmm()
    {
        using var listener = SeqPacketSocket.Listen(SocketPath);
        var stranger = new Thread(() =>
        {
            using var client = listener.Accept()!;
            client.Receive(new byte[4096]).Dispose();
            client.Send("hello"u8);
            client.WaitReadable(5000);
        });
        stranger.Start();
        Unreachable($"{SocketPath} is not the control socket of a vmm");
        stranger.Join();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void Refused(string expected, string path) =>
        Assert.Equal(expected, Assert.Throws<VmmException>(() => ControlServer.Listen(path)).Message);

    private void Unreachable(string expected)
    {
        var failure = Assert.Throws<VmmException>(() => new CommandLineUnderTest().Invoke("stop", SocketPath));
        Assert.Equal(expected, failure.Message);
        Assert.Equal(ExitCode.Error, failure.ExitCode);
    }
}
