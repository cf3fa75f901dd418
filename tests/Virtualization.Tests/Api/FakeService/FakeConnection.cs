using Kvm.Interop.Sockets;
using Virtualization;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace FakeService;

/// <summary>A service that a test plays, over a genuine Binder RPC session on a socket pair.</summary>
internal sealed class FakeConnection : IServiceConnection
{
    private readonly RpcServer _server;
    private readonly RpcSession _session;

    internal FakeConnection(FakeVirtualizationService service)
    {
        (UnixSocket client, UnixSocket server) = UnixSocket.CreatePair(UnixSocketType.Stream);
        client.SetNonBlocking(false);
        server.SetNonBlocking(false);
        _server = new RpcServer(new RpcServerOptions { Root = _ => service, MaxThreads = 4, FileDescriptors = RpcFileDescriptors.Unix });
        _server.ServeBootstrap(server);
        _session = RpcSession.ConnectBootstrap(
            client, new RpcSessionOptions { MaxOutgoing = 4, MaxIncoming = 1, FileDescriptors = RpcFileDescriptors.Unix });
        Service = Task.FromResult<IVirtualizationService>(new VirtualizationServiceProxy(_session.Root!));
    }

    public Task<IVirtualizationService> Service { get; }

    /// <summary>The service dies, as a killed virtmgr does.</summary>
    internal void Kill() => _server.Dispose();

    public void RequireHost()
    {
    }

    public ValueTask DisposeAsync()
    {
        _session.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }
}
