using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization;
using Virtualization.Binder;
using VirtualizationService.Directories;
using VirtualizationService.Life;
using VirtualizationService.Permissions;
using VirtualizationService.Rpc;
using VirtualizationService.SystemWide;
using VirtualizationService.Vsock;

namespace VirtualizationService;

/// <summary>Serves the one client that has started this process, until its session ends.</summary>
internal static class ClientService
{
    // Calls that a client makes at once; a createVm may read whole disks.
    private const int Threads = 8;

    /// <summary>Serves.</summary>
    /// <param name="rpcNumber">The client's socket pair.</param>
    /// <param name="readyNumber">Closed when the service is served, which the client waits for.</param>
    /// <param name="log">Takes a line for what happens.</param>
    /// <returns>The status of the process.</returns>
    public static int Run(int rpcNumber, int readyNumber, ServiceLog log)
    {
        FileDescriptor socket = Inherit(rpcNumber, "--rpc-server-fd");
        using FileDescriptor ready = Inherit(readyNumber, "--ready-fd");
        using EndSignals signals = new();
        Installation installation = Installation.Find();
        // Read beside the rest: what reads it takes longest to come up, and the client waits.
        Task<Policy> policy = Task.Run(() => Policy.Load(installation.PolicyFiles));
        _ = policy.ContinueWith(_ => FirstVm.Expect(installation.Etc), TaskScheduler.Default);
        foreach (string left in RuntimeRoot.Existing.SelectMany(VmDirectory.Sweep))
        {
            log.Detail($"removed {left}, which a virtmgr that was killed had left");
        }

        using SystemServiceClient? system = SystemServiceClient.TryConnect(SystemService.SocketPath, log);
        system?.TryRemoveMemlockLimit();
        VmMaker maker = Maker(installation, policy, system, log);
        VirtualizationServiceObject? service = null;
        using RpcServer server = new(new RpcServerOptions
        {
            Root = context => service ??= new VirtualizationServiceObject(maker, system, context.PeerPid),
            MaxThreads = Threads,
            FileDescriptors = RpcFileDescriptors.Unix,
            UnhandledException = e => log.Write($"{e.GetType().Name}: {e.Message}"),
        });
        ManualResetEventSlim ended = new();
        using CancellationTokenRegistration onSignal = signals.Token.Register(ended.Set);
        server.LastSessionEnded += (_, _) => ended.Set();
        server.ServeBootstrap(socket);
        // Also when the client has died before its session began: then no session ends.
        _ = server.Completion.ContinueWith(_ => ended.Set(), TaskScheduler.Default);
        ready.Dispose();
        ended.Wait();
        // Before the server: what happens to the VMs now can still be told to a client that a signal has not ended.
        service?.Dispose();
        return 0;
    }

    private static VmMaker Maker(Installation installation, Task<Policy> policy, SystemServiceClient? system, ServiceLog log)
    {
        IVsockHost host = VsockHosts.OfThisProcess();
        return new VmMaker
        {
            Installation = installation,
            Policy = policy.GetAwaiter().GetResult(),
            Caller = Caller.ThisProcess,
            Devices = new DevicePermission(["/dev/kvm", .. host.Devices]),
            Places = new VmPlaces(host, RuntimeRoot.Make(), system),
            CanProtect = static () => HostSupport.Capabilities.HasFlag(VirtualMachineCapabilities.ProtectedVm),
            HangupPatience = HangupPatience.OfThisHost(),
            Log = log,
        };
    }

    /// <summary>A descriptor of the client's, which no VMM gets.</summary>
    private static FileDescriptor Inherit(int number, string option)
    {
        try
        {
            FileDescriptor descriptor = FileDescriptor.FromNumber(number);
            descriptor.SetInheritable(false);
            return descriptor;
        }
        catch (LinuxException failure)
        {
            throw new RefusedException(Refusal.Argument, $"{option} {number}: {failure.Message}", failure);
        }
    }
}
