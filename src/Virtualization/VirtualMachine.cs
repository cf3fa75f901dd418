using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>A VM with a name, whose secrets and files last from one run to the next (android.system.virtualmachine.VirtualMachine).</summary>
/// <remarks>Objects come from <see cref="VirtualMachineManager"/>. Disposing one stops the VM; it can be run again. May be used by several threads.</remarks>
public sealed partial class VirtualMachine : IAsyncDisposable
{
    /// <summary>The right to run VMs; here membership in the group that owns /dev/kvm.</summary>
    public const string ManageVirtualMachinePermission = "android.permission.MANAGE_VIRTUAL_MACHINE";

    /// <summary>The right to make VMs that are not plain payloads; here given by the service's policy.</summary>
    public const string UseCustomVirtualMachinePermission = "android.permission.USE_CUSTOM_VIRTUAL_MACHINE";

    /// <summary>The lowest port of a guest that can be connected to.</summary>
    public const uint MinVsockPort = 1024;

    /// <summary>The highest port of a guest that can be connected to.</summary>
    public const uint MaxVsockPort = uint.MaxValue;

    private readonly IServiceConnection _connection;
    private readonly VirtualMachineDirectory _directory;
    private readonly VirtualMachineEvents _events;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly VirtualMachineStreams _streams = new();
    private VirtualMachineConfig _config;
    private VmInstance? _instance;
    private FileStream? _instanceLock;
    private bool _deleted;

    internal VirtualMachine(IServiceConnection connection, string name, VirtualMachineDirectory directory, VirtualMachineConfig config)
    {
        _connection = connection;
        _directory = directory;
        _config = config;
        _events = new VirtualMachineEvents(this);
        Name = name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The directory of its files.</summary>
    public string RootDirectory => _directory.Path;

    /// <summary>What it is made of.</summary>
    public VirtualMachineConfig Config => Volatile.Read(ref _config);

    /// <summary>What it can be asked for now.</summary>
    public VirtualMachineStatus Status
    {
        get
        {
            if (Volatile.Read(ref _deleted) || !_directory.Exists())
            {
                return VirtualMachineStatus.Deleted;
            }

            return Volatile.Read(ref _instance) is { StopReason: null } ? VirtualMachineStatus.Running : VirtualMachineStatus.Stopped;
        }
    }

    /// <summary>How far the run has come that is under way or was the last; <see cref="VirtualMachineState.NotStarted"/> before the first.</summary>
    public VirtualMachineState State => Volatile.Read(ref _instance)?.State ?? VirtualMachineState.NotStarted;

    /// <summary>The context id on vsock; null unless it runs.</summary>
    public int? Cid => Volatile.Read(ref _instance) is { StopReason: null } instance ? instance.Cid : null;

    /// <summary>Gives the VM another configuration.</summary>
    /// <exception cref="VirtualMachineException">It does not stand still, or the configuration is not <see cref="VirtualMachineConfig.IsCompatibleWith">compatible</see>.</exception>
    public void SetConfig(VirtualMachineConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        using IDisposable change = Change();
        RequireStopped();
        if (!config.IsCompatibleWith(_config))
        {
            throw new VirtualMachineException(
                $"the new configuration of the VM '{Name}' is not compatible: only memory, CPU topology and the APK's path may change");
        }

        VirtualMachineException.Wrap($"cannot write the configuration of the VM '{Name}'", () => _directory.WriteConfig(config));
        Volatile.Write(ref _config, config);
    }

    /// <summary>Makes events go to a callback, one after the other; the one before gets no more.</summary>
    /// <param name="callback">Takes them.</param>
    /// <param name="scheduler">Where they run; null for the thread pool.</param>
    public void SetCallback(VirtualMachineCallback callback, TaskScheduler? scheduler = null)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _events.Set(callback, scheduler ?? TaskScheduler.Default);
    }

    /// <summary>Makes events go nowhere.</summary>
    public void ClearCallback() => _events.Set(null, TaskScheduler.Default);

    /// <summary>Starts the VM; done when its first processor runs. <see cref="WaitForStateAsync"/> tells when the payload can serve.</summary>
    /// <param name="cancellationToken">Gives up; a VM that was started by then is stopped.</param>
    /// <exception cref="VirtualMachineException">It does not stand still, or cannot be started.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        _connection.RequireHost();
        IVirtualizationService service = await _connection.Service.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireStopped();
            Release();
            await LaunchOrRelease(service, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops the VM at once, as if its plug were pulled; done when it has stopped. Nothing happens where it does not run.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _instance) is { } instance)
        {
            await instance.StopAsync(cancellationToken).ConfigureAwait(false);
            await instance.WaitForStopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the VM has come so far.</summary>
    /// <exception cref="VirtualMachineException">It does not run, or stopped before; the message says why.</exception>
    public Task WaitForStateAsync(VirtualMachineState state, CancellationToken cancellationToken = default) =>
        LastRun().WaitForStateAsync(state, cancellationToken);

    /// <summary>Waits until the VM has stopped.</summary>
    /// <exception cref="VirtualMachineException">It was never run.</exception>
    public Task<VirtualMachineStopReason> WaitForStopAsync(CancellationToken cancellationToken = default) => LastRun().WaitForStopAsync(cancellationToken);

    /// <inheritdoc cref="VmInstance.ConnectVsockAsync"/>
    public Task<VsockStream> ConnectVsockAsync(uint port, CancellationToken cancellationToken = default) =>
        Running().ConnectVsockAsync(port, cancellationToken);

    /// <inheritdoc cref="VmInstance.ConnectToVsockServerAsync"/>
    public Task<IBinder> ConnectToVsockServerAsync(uint port, CancellationToken cancellationToken = default) =>
        Running().ConnectToVsockServerAsync(port, cancellationToken);

    /// <summary>What the guest writes to its console, until the VM stops; a second run needs a second call.</summary>
    /// <exception cref="VirtualMachineException">The configuration does not say <see cref="VirtualMachineConfig.VmOutputCaptured"/>.</exception>
    public Stream GetConsoleOutput()
    {
        Require(Config.VmOutputCaptured, "captures no output");
        return _streams.ConsoleOutput();
    }

    /// <summary>The guest's log, until the VM stops; a second run needs a second call.</summary>
    /// <exception cref="VirtualMachineException">The configuration does not say <see cref="VirtualMachineConfig.VmOutputCaptured"/>.</exception>
    public Stream GetLogOutput()
    {
        Require(Config.VmOutputCaptured, "captures no output");
        return _streams.LogOutput();
    }

    /// <summary>Takes what is typed on the console.</summary>
    /// <exception cref="VirtualMachineException">The configuration does not say <see cref="VirtualMachineConfig.VmConsoleInputSupported"/>.</exception>
    public Stream GetConsoleInput()
    {
        Require(Config.VmConsoleInputSupported, "has no console input");
        return _streams.ConsoleInput();
    }

    /// <summary>Lets go of the VM, for another owner: its files are in the descriptor and nowhere else, and this object is deleted.</summary>
    /// <exception cref="VirtualMachineException">It does not stand still, or its files cannot be opened.</exception>
    public VirtualMachineDescriptor ToDescriptor()
    {
        using IDisposable change = Change();
        RequireStopped();
        return VirtualMachineException.Wrap($"cannot export the VM '{Name}'", () =>
        {
            Release();
            VirtualMachineDescriptor descriptor = OpenDescriptor();
            try
            {
                _directory.Delete();
            }
            catch
            {
                descriptor.Dispose();
                throw;
            }

            Volatile.Write(ref _deleted, true);
            return descriptor;
        });
    }

    /// <summary>Provisions a key pair for testing attestation.</summary>
    /// <exception cref="VirtualMachineException">The service refused.</exception>
    public async Task EnableTestAttestationAsync(CancellationToken cancellationToken = default)
    {
        IVirtualizationService service = await _connection.Service.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(() => VirtualMachineException.Wrap("cannot enable test attestation", service.EnableTestAttestation), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Stops the VM; it can be run again as long as the manager lives.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            Release();
        }
        finally
        {
            _changing.Release();
        }
    }

    internal void Delete(IVirtualizationService service)
    {
        using IDisposable change = Change();
        RequireStopped();
        VirtualMachineException.Wrap($"cannot delete the VM '{Name}'", () =>
        {
            Release();
            using FileStream locked = OpenLocked(_directory.InstanceImage);
            if (service.IsUpdatableVmSupported())
            {
                // Elsewhere nothing is kept of an instance but its own files (AVF's VirtualMachine.java asks the same).
                service.RemoveVmInstance(_directory.ReadInstanceId());
            }

            _directory.Delete();
            Volatile.Write(ref _deleted, true);
        });
    }
}
