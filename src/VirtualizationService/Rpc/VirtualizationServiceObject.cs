using System.Collections.Concurrent;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Configs;
using VirtualizationService.Disks;
using VirtualizationService.Life;
using VirtualizationService.SystemWide;

namespace VirtualizationService.Rpc;

/// <summary>The service of one client.</summary>
/// <param name="maker">Makes its VMs.</param>
/// <param name="system">The system service, where it runs.</param>
/// <param name="clientPid">The client's process.</param>
internal sealed class VirtualizationServiceObject(VmMaker maker, SystemServiceClient? system, int clientPid) : VirtualizationServiceStub, IDisposable
{
    private readonly ConcurrentDictionary<VmInstance, bool> _vms = new();
    private int _hasEnded;

    /// <inheritdoc/>
    public override IVirtualMachine CreateVm(
        VirtualMachineConfig config, FileDescriptor? consoleOutFd, FileDescriptor? consoleInFd, FileDescriptor? osLogFd) => Answer.To(() =>
        {
            VmInstance vm = maker.Make(config, consoleOutFd, consoleInFd, osLogFd, clientPid);
            vm.Serve(new GuestService(vm));
            _vms[vm] = true;
            // A client may be gone before this call is done. Of this thread, which has entered the VM before it looks, and of the one that ends them,
            // which has set the word before it looks, one finds the VM: both are full barriers.
            if (Interlocked.CompareExchange(ref _hasEnded, 0, 0) != 0)
            {
                vm.Dispose();
                throw new RefusedException(Refusal.State, "the client that asked for this virtual machine is gone");
            }

            return new VirtualMachineObject(vm, released => _vms.TryRemove(released, out _));
        });

    /// <inheritdoc/>
    public override byte[] AllocateInstanceId()
    {
        byte[] id = new byte[IVirtualizationService.InstanceIdLength];
        KernelRandom.Fill(id);
        // Ids that a host gives its own VMs for good never begin so. Source: AVF, android/virtmgr/src/aidl.rs, allocateInstanceId.
        id.AsSpan(0, 4).Fill(0x77);
        return id;
    }

    /// <inheritdoc/>
    public override void InitializeWritablePartition(FileDescriptor imageFd, long sizeBytes, PartitionType type) => Answer.To(() =>
    {
        maker.Devices.Check();
        WritablePartition.Initialize(imageFd, sizeBytes, type);
    });

    /// <inheritdoc/>
    public override void CreateOrUpdateIdsigFile(FileDescriptor inputFd, FileDescriptor idsigFd) => Answer.To(() =>
    {
        maker.Devices.Check();
        IdsigFile.CreateOrUpdate(inputFd, idsigFd);
    });

    /// <summary>The VMs of this user, in all of the user's processes, and those of others that the system service shows.</summary>
    public override IReadOnlyList<VirtualMachineDebugInfo> DebugListVms() => Answer.To(() => VmList.Of(system));

    /// <summary>None: no device of the host is given to guests.</summary>
    public override IReadOnlyList<AssignableDevice> GetAssignableDevices() => [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSupportedOSList() => OsTemplate.List(maker.Installation.Etc);

    /// <summary>False: none of AVF's features that can be switched on is there, and one that is not known is not on.</summary>
    public override bool IsFeatureEnabled(string feature) => false;

    /// <summary>Unsupported: there is no remote attestation.</summary>
    public override void EnableTestAttestation() => throw Unsupported("remote attestation is not supported by this host");

    /// <summary>False: a host without Android's key provisioning has no authority that vouches for its guests.</summary>
    public override bool IsRemoteAttestationSupported() => false;

    /// <summary>False: updatable VMs keep their secrets in Secretkeeper, which this host has not.</summary>
    public override bool IsUpdatableVmSupported() => false;

    /// <summary>Only noted, as in AVF without Secretkeeper: nothing is kept of an instance outside its own files, so nothing is left to forget.</summary>
    public override void RemoveVmInstance(ReadOnlySpan<byte> instanceId) => Note(instanceId, "removed");

    /// <summary>Only noted, as in AVF without Secretkeeper: an instance belongs to whoever has its files.</summary>
    public override void ClaimVmInstance(ReadOnlySpan<byte> instanceId) => Note(instanceId, "claimed");

    /// <summary>The client is gone: all its VMs end.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _hasEnded, 1);
        foreach (VmInstance vm in _vms.Keys)
        {
            vm.Dispose();
        }
    }

    private void Note(ReadOnlySpan<byte> instanceId, string what)
    {
        // The beginning tells instances apart; the whole is what an unprotected VM's secrets are made from.
        const int Shown = 8;
        maker.Log.Write($"the instance {Convert.ToHexStringLower(instanceId[..Math.Min(Shown, instanceId.Length)])}… is {what}: this host has no Secretkeeper, which would keep its secrets");
    }

    private static BinderException Unsupported(string message) => new(ExceptionCode.UnsupportedOperation, message);
}
