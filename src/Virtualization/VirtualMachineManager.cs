using Kvm.Interop.Files;
using Virtualization.Aidl;

namespace Virtualization;

/// <summary>Makes, finds and deletes VMs (android.system.virtualmachine.VirtualMachineManager).</summary>
/// <remarks>
/// Each manager has a <c>virtmgr</c> of its own, which it starts when it is made, so that the service starts while the program does other things.
/// Disposing the manager ends it, and its VMs. For one name a manager has one <see cref="VirtualMachine"/> object.
/// </remarks>
public sealed class VirtualMachineManager : IAsyncDisposable
{
    private readonly IServiceConnection _connection;
    private readonly string _root;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, VirtualMachine> _vms = new(StringComparer.Ordinal);

    /// <summary>Makes a manager and starts its service.</summary>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="VirtualMachineException">The service is not installed, or cannot be started.</exception>
    public VirtualMachineManager(VirtualMachineManagerOptions? options = null)
    {
        options ??= new VirtualMachineManagerOptions();
        _connection = options.Connect?.Invoke() ?? ServiceConnection.Start(options.Installation ?? Installation.Find());
        _root = Path.GetFullPath(options.DataDirectory ?? VirtualMachineManagerOptions.DefaultDataDirectory());
    }

    /// <summary>The kinds of VMs that this host can run; asked once a process.</summary>
    public static VirtualMachineCapabilities GetCapabilities() => HostSupport.Capabilities;

    /// <summary>The service itself, for VMs that <see cref="VirtualMachineConfig"/> cannot describe; used with <see cref="VmInstance"/>.</summary>
    /// <exception cref="VirtualMachineException">It cannot be reached.</exception>
    public Task<IVirtualizationService> GetServiceAsync(CancellationToken cancellationToken = default) =>
        _connection.Service.WaitAsync(cancellationToken);

    /// <summary>Refuses a host or a user that can run no VM, before anything is made for it.</summary>
    /// <exception cref="VirtualMachineException">It cannot; the message says what to do.</exception>
    public void RequireHost() => _connection.RequireHost();

    /// <summary>Makes a VM.</summary>
    /// <param name="name">Its name: at most 200 characters, no '/', no dot at the beginning.</param>
    /// <param name="config">What it is made of.</param>
    /// <param name="cancellationToken">Gives up waiting for the service.</param>
    /// <exception cref="ArgumentException">No VM can have that name.</exception>
    /// <exception cref="VirtualMachineException">There is such a VM already, or it cannot be made.</exception>
    public async Task<VirtualMachine> CreateAsync(string name, VirtualMachineConfig config, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        VirtualMachineDirectory directory = VirtualMachineDirectory.Of(_root, name);
        IVirtualizationService service = await GetServiceAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(
            () => VirtualMachineException.Wrap($"cannot create the VM '{name}'", () =>
            {
                directory.Create(name, files => Fill(files, service, config));
                return Remember(new VirtualMachine(_connection, name, directory, config));
            }),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The VM of that name.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ArgumentException">No VM can have that name.</exception>
    /// <exception cref="VirtualMachineException">Its files cannot be read.</exception>
    public VirtualMachine? Get(string name)
    {
        VirtualMachineDirectory directory = VirtualMachineDirectory.Of(_root, name);
        lock (_lock)
        {
            if (_vms.TryGetValue(name, out VirtualMachine? known) && known.Status != VirtualMachineStatus.Deleted)
            {
                return known;
            }

            if (!directory.Exists())
            {
                return null;
            }

            VirtualMachineConfig config = VirtualMachineException.Wrap($"cannot read the VM '{name}'", directory.ReadConfig);
            return _vms[name] = new VirtualMachine(_connection, name, directory, config);
        }
    }

    /// <summary>The VM of that name, or a new one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="config">What a new one is made of; one that exists keeps its own configuration.</param>
    /// <param name="cancellationToken">Gives up waiting for the service.</param>
    /// <inheritdoc cref="CreateAsync"/>
    public async Task<VirtualMachine> GetOrCreateAsync(string name, VirtualMachineConfig config, CancellationToken cancellationToken = default) =>
        Get(name) ?? await CreateAsync(name, config, cancellationToken).ConfigureAwait(false);

    /// <summary>Deletes a VM with its secrets and files; there is no way back.</summary>
    /// <exception cref="ArgumentException">No VM can have that name.</exception>
    /// <exception cref="VirtualMachineException">There is no such VM, or it runs.</exception>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        VirtualMachine vm = Get(name) ?? throw new VirtualMachineException($"there is no VM '{name}'");
        IVirtualizationService service = await GetServiceAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(() => vm.Delete(service), cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _vms.Remove(name);
        }
    }

    /// <summary>Makes a VM out of one that somebody else had; the descriptor is used up, also where this fails.</summary>
    /// <exception cref="ArgumentException">No VM can have that name.</exception>
    /// <exception cref="VirtualMachineException">There is such a VM already, or the descriptor holds none.</exception>
    public async Task<VirtualMachine> ImportFromDescriptorAsync(
        string name, VirtualMachineDescriptor descriptor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        using (descriptor)
        {
            VirtualMachineDirectory directory = VirtualMachineDirectory.Of(_root, name);
            IVirtualizationService service = await GetServiceAsync(cancellationToken).ConfigureAwait(false);
            return await Task.Run(
                () => VirtualMachineException.Wrap($"cannot import the VM '{name}'", () =>
                {
                    directory.Create(name, files => Take(files, descriptor, service));
                    return Remember(new VirtualMachine(_connection, name, directory, directory.ReadConfig()));
                }),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The operating systems that a payload can run on.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<IReadOnlyList<string>> GetSupportedOSListAsync(CancellationToken cancellationToken = default) =>
        Ask("which operating systems there are", static service => service.GetSupportedOSList(), cancellationToken);

    /// <summary>Whether a feature is there: one of the constants of <see cref="IVirtualizationService"/>.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<bool> IsFeatureEnabledAsync(string feature, CancellationToken cancellationToken = default) =>
        Ask("for a feature", service => service.IsFeatureEnabled(feature), cancellationToken);

    /// <summary>Whether a protected VM can attest itself.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<bool> IsRemoteAttestationSupportedAsync(CancellationToken cancellationToken = default) =>
        Ask("for attestation", static service => service.IsRemoteAttestationSupported(), cancellationToken);

    /// <summary>Whether a VM keeps its secrets when its images or its APK are updated.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<bool> IsUpdatableVmSupportedAsync(CancellationToken cancellationToken = default) =>
        Ask("for updatable VMs", static service => service.IsUpdatableVmSupported(), cancellationToken);

    /// <summary>The VMs that run on this host, as far as this user may see them.</summary>
    /// <exception cref="VirtualMachineException">The service does not answer.</exception>
    public Task<IReadOnlyList<VirtualMachineDebugInfo>> ListRunningAsync(CancellationToken cancellationToken = default) =>
        Ask("which VMs run", static service => service.DebugListVms(), cancellationToken);

    /// <summary>Stops a VM that any process of this user has started, as if its plug were pulled.</summary>
    /// <param name="cid">Its CID.</param>
    /// <param name="cancellationToken">Gives up waiting for the service.</param>
    /// <exception cref="VirtualMachineException">No such VM runs, or it may not be stopped.</exception>
    public async Task StopRunningAsync(int cid, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<VirtualMachineDebugInfo> running = await ListRunningAsync(cancellationToken).ConfigureAwait(false);
        VirtualMachineDebugInfo vm = running.FirstOrDefault(vm => vm.Cid == cid) ?? throw new VirtualMachineException($"no VM with CID {cid} runs");
        await Task.Run(() => VirtualMachineException.Wrap($"cannot stop the VM with CID {cid}", () => VmmProcess.Kill(vm.TemporaryDirectory)), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Stops the VMs that run, and the service.</summary>
    public async ValueTask DisposeAsync()
    {
        VirtualMachine[] vms;
        lock (_lock)
        {
            vms = [.. _vms.Values];
            _vms.Clear();
        }

        foreach (VirtualMachine vm in vms)
        {
            await vm.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static void Fill(VirtualMachineDirectory files, IVirtualizationService service, VirtualMachineConfig config)
    {
        File.WriteAllBytes(files.InstanceIdFile, service.AllocateInstanceId());
        Initialize(service, files.InstanceImage, VirtualMachineDirectory.InstanceImageBytes, PartitionType.AndroidVmInstance);
        if (config.EncryptedStorageBytes > 0)
        {
            Initialize(service, files.Storage, config.EncryptedStorageBytes, PartitionType.Encryptedstore);
        }

        files.WriteConfig(config);
    }

    private static void Initialize(IVirtualizationService service, string path, long size, PartitionType type)
    {
        using PosixFile image = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL);
        service.InitializeWritablePartition(image, size, type);
    }

    private static void Take(VirtualMachineDirectory files, VirtualMachineDescriptor descriptor, IVirtualizationService service)
    {
        if (descriptor.Config is not { } config || descriptor.InstanceId is not { } id || descriptor.InstanceImage is not { } instance)
        {
            throw new VirtualMachineException("the descriptor has been used up");
        }

        VirtualMachineDirectory.Copy(config, files.ConfigFile);
        VirtualMachineDirectory.Copy(id, files.InstanceIdFile);
        VirtualMachineDirectory.Copy(instance, files.InstanceImage);
        VirtualMachineConfig imported = files.ReadConfig();
        if (imported.EncryptedStorageBytes > 0 != descriptor.Storage is not null)
        {
            throw new VirtualMachineException("the descriptor's configuration and its files disagree on encrypted storage");
        }

        if (descriptor.Storage is { } storage)
        {
            VirtualMachineDirectory.Copy(storage, files.Storage);
        }

        if (service.IsUpdatableVmSupported())
        {
            service.ClaimVmInstance(files.ReadInstanceId());
        }
    }

    private VirtualMachine Remember(VirtualMachine vm)
    {
        lock (_lock)
        {
            return _vms[vm.Name] = vm;
        }
    }

    private async Task<T> Ask<T>(string what, Func<IVirtualizationService, T> question, CancellationToken cancellationToken)
    {
        IVirtualizationService service = await GetServiceAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => VirtualMachineException.Wrap($"cannot ask {what}", () => question(service)), cancellationToken).ConfigureAwait(false);
    }
}
