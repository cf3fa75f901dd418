using System.Text;
using FakeService;
using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization.Tests.Api;

/// <summary>What goes to and fro between a program with the VM API and a guest: sockets, Binder RPC, consoles.</summary>
public sealed class VirtualMachineStreamTests : FakeServiceTests
{
    [Fact]
    public async Task A_stream_to_a_port_of_the_guest_carries_bytes_both_ways_and_ends()
    {
        VirtualMachine vm = await RunWith(5000, guest =>
        {
            byte[] buffer = new byte[4];
            int count = guest.Read(buffer);
            guest.WriteAll(buffer.AsSpan(0, count));
            guest.Dispose();
        });

        await using VsockStream stream = await vm.ConnectVsockAsync(5000, Token);
        await stream.WriteAsync("ping"u8.ToArray(), Token);
        byte[] answer = new byte[5];

        Assert.Equal(4, await stream.ReadAtLeastAsync(answer, 5, throwOnEndOfStream: false, Token));
        Assert.Equal("ping", Encoding.UTF8.GetString(answer, 0, 4));
    }

    [Fact]
    public async Task Reading_from_the_guest_can_be_cancelled()
    {
        using ManualResetEventSlim done = new();
        VirtualMachine vm = await RunWith(5000, guest =>
        {
            done.Wait(Patience);
            guest.Dispose();
        });
        await using VsockStream stream = await vm.ConnectVsockAsync(5000, Token);
        using CancellationTokenSource cancel = new(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[1], cancel.Token));
        done.Set();
    }

    [Theory]
    [InlineData(1023, "port 1023 is out of range: 1024 to 4294967295 are the ports of payloads")]
    [InlineData(4294967295, "cannot connect to port 4294967295 of the VM: nobody listens on port 4294967295")]
    public async Task A_port_that_nobody_has_is_one_line(uint port, string expected)
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.ConnectVsockAsync(port, Token));

        Assert.Equal(expected, failure.Message);
    }

    [Fact]
    public async Task A_binder_server_of_the_guest_is_reached_by_its_port()
    {
        using RpcServer server = new(new RpcServerOptions { Root = _ => new Echo() });
        VirtualMachine vm = await RunWith(5001, server.ServeConnection);

        IBinder remote = await vm.ConnectToVsockServerAsync(5001, Token);

        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken(Echo.Name);
        data.WriteInt32(41);
        remote.Transact(1, data, reply);
        reply.ReadStatus();
        Assert.Equal(42, reply.ReadInt32());
    }

    [Fact]
    public async Task Output_is_captured_only_where_the_configuration_says_so()
    {
        VirtualMachine silent = await Manager.CreateAsync("a", Config().Build(), Token);
        Assert.Equal("the VM 'a' captures no output", Assert.Throws<VirtualMachineException>(silent.GetConsoleOutput).Message);
        VirtualMachine vm = await Manager.CreateAsync(
            "b", Config().SetDebugLevel(DebugLevel.Full).SetVmOutputCaptured(true).SetVmConsoleInputSupported(true).Build(), Token);
        using StreamReader console = new(vm.GetConsoleOutput());
        using StreamReader log = new(vm.GetLogOutput());
        using Stream input = vm.GetConsoleInput();

        await vm.RunAsync(Token);
        FakeVirtualMachine guest = Service.Created.Take(Token);
        guest.ConsoleOut!.WriteAll("booting\n"u8);
        guest.Log!.WriteAll("log\n"u8);
        input.Write("k"u8);

        Assert.Equal("k", Text(guest.ConsoleIn!, 1));
        guest.Die(DeathReason.Shutdown);
        Assert.Equal("booting\n", await console.ReadToEndAsync(Token));
        Assert.Equal("log\n", await log.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_connected_console_has_a_terminal_that_carries_both_ways()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().SetDebugLevel(DebugLevel.Full).SetConnectVmConsole(true).Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = Service.Created.Take(Token);
        using PosixFile terminal = PosixFile.Open(guest.HostConsoleName!, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);

        guest.ConsoleOut!.WriteAll("login:"u8);
        Assert.Equal("login:", Text(terminal, 6));
        terminal.WriteAll("root"u8);
        Assert.Equal("root", Text(guest.ConsoleIn!, 4));
    }

    private async Task<VirtualMachine> RunWith(int port, Action<FileDescriptor> listener)
    {
        Service.OnStart = guest => guest.Ports[port] = end => Task.Run(() => listener(end));
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        return vm;
    }

    private sealed class Echo() : BinderObject(Name)
    {
        internal const string Name = "test.IEcho";

        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            data.EnforceInterface(Name);
            int number = data.ReadInt32();
            reply.WriteStatusOk();
            reply.WriteInt32(number + 1);
        }
    }
}
