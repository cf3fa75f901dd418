using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>One run of a VM, made from a configuration of <see cref="Virtualization.Aidl"/>: the level below <see cref="VirtualMachine"/> (AVF's libvmclient).</summary>
/// <remarks>The VM is stopped when this object is disposed, and when this process ends, however that comes about.</remarks>
public sealed class VmInstance : IAsyncDisposable, IDisposable
{
    private readonly VmInstanceEvents _events;
    private readonly List<RpcSession> _sessions = [];

    private VmInstance(IVirtualMachine vm, int cid, VmInstanceEvents events)
    {
        Vm = vm;
        Cid = cid;
        _events = events;
    }

    /// <summary>The VM's context id on vsock.</summary>
    public int Cid { get; }

    /// <summary>How far the VM has come, as its callbacks told.</summary>
    public VirtualMachineState State => _events.State;

    /// <summary>Why it stopped; null while it has not.</summary>
    public VirtualMachineStopReason? StopReason => _events.StopReason;

    /// <summary>The status of the payload that ended; null while it has not.</summary>
    public int? PayloadExitCode => _events.PayloadExitCode;

    internal IVirtualMachine Vm { get; }

    /// <summary>Creates a VM that <see cref="StartAsync"/> starts.</summary>
    /// <param name="service">The service, from <see cref="VirtualMachineManager.GetServiceAsync"/>.</param>
    /// <param name="config">What it is made of; the files stay the caller's.</param>
    /// <param name="streams">Its console and log.</param>
    /// <param name="observer">Is told what happens, on a thread of the session and so in order; it must not wait for the VM. Null for nobody.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="VirtualMachineException">The service refused.</exception>
    public static Task<VmInstance> CreateAsync(
        IVirtualizationService service,
        Aidl.VirtualMachineConfig config,
        VmStreams streams,
        IVirtualMachineCallback? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(service);
        return Task.Run(
            () => VirtualMachineException.Wrap("cannot create the VM", () =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                VmInstanceEvents events = new(observer);
                IVirtualMachine vm = service.CreateVm(config, streams.ConsoleOut, streams.ConsoleIn, streams.Log);
                try
                {
                    vm.RegisterCallback(events);
                    events.WatchService(AidlProxy.BinderOf(service));
                    events.Cid = vm.GetCid();
                    return new VmInstance(vm, events.Cid, events);
                }
                catch
                {
                    (vm as IDisposable)?.Dispose();
                    throw;
                }
            }),
            cancellationToken);
    }

    /// <summary>Starts the VM.</summary>
    /// <exception cref="VirtualMachineException">It cannot be started.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            VirtualMachineException.Wrap("cannot start the VM", Vm.Start);
            _events.Advance(VirtualMachineState.Starting);
        },
        cancellationToken);

    /// <summary>Stops the VM at once, as if its plug were pulled. Nothing happens where it has stopped already.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task StopAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            if (StopReason is null)
            {
                VirtualMachineException.Wrap("cannot stop the VM", Vm.Stop);
            }
        },
        cancellationToken);

    /// <summary>What the service says of the VM's state.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<VirtualMachineState> AskStateAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => VirtualMachineException.Wrap("cannot ask for the VM's state", () => (VirtualMachineState)Vm.GetState()), cancellationToken);

    /// <summary>Waits until the VM has come so far.</summary>
    /// <exception cref="VirtualMachineException">It stopped before; the message says why.</exception>
    public async Task WaitForStateAsync(VirtualMachineState state, CancellationToken cancellationToken = default)
    {
        await _events.Reached(state).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (State == VirtualMachineState.Dead && state != VirtualMachineState.Dead && !_events.HasPassed(state))
        {
            throw new VirtualMachineException($"the VM stopped before it was {state}: {_events.StopDescription}");
        }
    }

    /// <summary>Waits until the VM has stopped.</summary>
    public async Task<VirtualMachineStopReason> WaitForStopAsync(CancellationToken cancellationToken = default)
    {
        await _events.Reached(VirtualMachineState.Dead).WaitAsync(cancellationToken).ConfigureAwait(false);
        return StopReason!.Value;
    }

    /// <summary>Connects to a port of the guest.</summary>
    /// <param name="port">1024 to 4294967295.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="VirtualMachineException">Nobody listens there.</exception>
    public Task<VsockStream> ConnectVsockAsync(uint port, CancellationToken cancellationToken = default) =>
        Task.Run(() => new VsockStream(OpenVsock(port)), cancellationToken);

    /// <summary>Connects to a Binder RPC server in the guest.</summary>
    /// <param name="port">1024 to 4294967295.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The server's object; it lives as long as the VM, unless its session is disposed before.</returns>
    /// <exception cref="VirtualMachineException">Nobody listens there, or no such server.</exception>
    public Task<IBinder> ConnectToVsockServerAsync(uint port, CancellationToken cancellationToken = default) =>
        Task.Run(() => VirtualMachineException.Wrap($"cannot reach a server on port {port} of the VM", () => ConnectToVsockServer(port)), cancellationToken);

    /// <summary>Tells <c>vm console</c> the path of the terminal whose other end is the VM's console.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task SetHostConsoleNameAsync(string path, CancellationToken cancellationToken = default) =>
        Task.Run(() => VirtualMachineException.Wrap("cannot name the VM's console", () => Vm.SetHostConsoleName(path)), cancellationToken);

    /// <summary>Drops the reference to the VM, which stops it.</summary>
    public void Dispose()
    {
        RpcSession[] sessions;
        lock (_sessions)
        {
            sessions = [.. _sessions];
            _sessions.Clear();
        }

        foreach (RpcSession session in sessions)
        {
            session.Dispose();
        }

        _events.Dispose();
        (Vm as IDisposable)?.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => new(Task.Run(Dispose));

    private IBinder ConnectToVsockServer(uint port)
    {
        CheckPort(port);
        RpcSession session = RpcSession.Connect(() => Vm.ConnectVsock((int)port), new RpcSessionOptions { MaxIncoming = 1 });
        if (session.Root is not { } root)
        {
            session.Dispose();
            throw new VirtualMachineException($"the server on port {port} of the VM offers nothing");
        }

        lock (_sessions)
        {
            _sessions.Add(session);
        }

        return root;
    }

    private FileDescriptor OpenVsock(uint port) => VirtualMachineException.Wrap($"cannot connect to port {port} of the VM", () =>
    {
        CheckPort(port);
        return Vm.ConnectVsock((int)port);
    });

    private static void CheckPort(uint port)
    {
        if (port < VirtualMachine.MinVsockPort)
        {
            throw new VirtualMachineException($"port {port} is out of range: {VirtualMachine.MinVsockPort} to {uint.MaxValue} are the ports of payloads");
        }
    }
}
