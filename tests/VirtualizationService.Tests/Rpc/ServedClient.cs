using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Life;
using VirtualizationService.Permissions;
using VirtualizationService.Rpc;
using VirtualizationService.Vsock;

namespace VirtualizationService.Tests.Rpc;

/// <summary>A client with the service of <c>virtmgr</c> behind Binder RPC, in the tests' own process: no program is started but the script in the VMM's place.</summary>
internal sealed class ServedClient : IDisposable
{
    private readonly StringWriter _log = new();
    private readonly VirtualizationServiceObject _service;
    private readonly RpcServer _server;

    public ServedClient(TemporaryDirectory home, string script)
    {
        _ = new FakeVmm(home, script);
        Root = home["run/vmm"];
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        VmMaker maker = new()
        {
            Installation = new Installation(home.Path),
            Policy = new Policy { UseCustomVirtualMachine = ["*"] },
            Caller = Caller.ThisProcess,
            Devices = new DevicePermission([]),
            Places = new VmPlaces(new UnixVsockHost(), Root, null),
            CanProtect = static () => false,
            HangupPatience = Timeout.InfiniteTimeSpan,
            Log = new ServiceLog(TextWriter.Synchronized(_log)),
        };
        _service = new VirtualizationServiceObject(maker, null, Environment.ProcessId);
        _server = new RpcServer(new RpcServerOptions { Root = _ => _service, MaxThreads = 2, FileDescriptors = RpcFileDescriptors.Unix });
        (StreamConnection client, StreamConnection server) = StreamConnection.CreatePair();
        _server.ServeBootstrap(server);
        Session = RpcSession.ConnectBootstrap(client, new RpcSessionOptions { MaxOutgoing = 2, MaxIncoming = 1, FileDescriptors = RpcFileDescriptors.Unix });
        Service = new VirtualizationServiceProxy(Session.Root!);
    }

    public RpcSession Session { get; }

    public VirtualizationServiceProxy Service { get; }

    /// <summary>Where the VMs' directories are.</summary>
    public string Root { get; }

    /// <summary>What the service has written to its log.</summary>
    public string Log => _log.ToString();

    /// <summary>What virtmgr does when its client is gone; calls that are on their way go on.</summary>
    public void EndService() => _service.Dispose();

    public void Dispose()
    {
        Session.Dispose();
        _service.Dispose();
        _server.Dispose();
        // References that went with the session end their VMs on other threads.
        Eventually.True(() => Directory.GetDirectories(Root).Length == 0, "the VMs' end");
    }
}
