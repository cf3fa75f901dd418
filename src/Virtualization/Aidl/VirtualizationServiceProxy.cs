using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVirtualizationService"/>.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VirtualizationServiceProxy(IBinder remote) : AidlProxy(remote, IVirtualizationService.Descriptor), IVirtualizationService
{
    /// <inheritdoc/>
    public IVirtualMachine CreateVm(VirtualMachineConfig config, FileDescriptor? consoleOutFd, FileDescriptor? consoleInFd, FileDescriptor? osLogFd)
    {
        Parcel data = Request();
        data.WriteUnion(config);
        data.WriteParcelFileDescriptor(consoleOutFd);
        data.WriteParcelFileDescriptor(consoleInFd);
        data.WriteParcelFileDescriptor(osLogFd);
        return new VirtualMachineProxy(Call(IVirtualizationService.CreateVmTransaction, data, static reply => reply.ReadRequiredBinder()));
    }

    /// <inheritdoc/>
    public byte[] AllocateInstanceId() => Call(IVirtualizationService.AllocateInstanceIdTransaction, static reply => reply.ReadInstanceId());

    /// <inheritdoc/>
    public void InitializeWritablePartition(FileDescriptor imageFd, long sizeBytes, PartitionType type)
    {
        Parcel data = Request();
        data.WriteParcelFileDescriptor(imageFd);
        data.WriteInt64(sizeBytes);
        data.WriteInt32((int)type);
        Call(IVirtualizationService.InitializeWritablePartitionTransaction, data);
    }

    /// <inheritdoc/>
    public void CreateOrUpdateIdsigFile(FileDescriptor inputFd, FileDescriptor idsigFd)
    {
        Parcel data = Request();
        data.WriteParcelFileDescriptor(inputFd);
        data.WriteParcelFileDescriptor(idsigFd);
        Call(IVirtualizationService.CreateOrUpdateIdsigFileTransaction, data);
    }

    /// <inheritdoc/>
    public IReadOnlyList<VirtualMachineDebugInfo> DebugListVms() =>
        Call(IVirtualizationService.DebugListVmsTransaction, static reply => reply.ReadParcelableList<VirtualMachineDebugInfo>());

    /// <inheritdoc/>
    public IReadOnlyList<AssignableDevice> GetAssignableDevices() =>
        Call(IVirtualizationService.GetAssignableDevicesTransaction, static reply => reply.ReadParcelableList<AssignableDevice>());

    /// <inheritdoc/>
    public IReadOnlyList<string> GetSupportedOSList() => Call(IVirtualizationService.GetSupportedOSListTransaction, static reply => reply.ReadStringList());

    /// <inheritdoc/>
    public bool IsFeatureEnabled(string feature)
    {
        Parcel data = Request();
        data.WriteString(feature);
        return Call(IVirtualizationService.IsFeatureEnabledTransaction, data, static reply => reply.ReadBoolean());
    }

    /// <inheritdoc/>
    public void EnableTestAttestation() => Call(IVirtualizationService.EnableTestAttestationTransaction);

    /// <inheritdoc/>
    public bool IsRemoteAttestationSupported() => Call(IVirtualizationService.IsRemoteAttestationSupportedTransaction, static reply => reply.ReadBoolean());

    /// <inheritdoc/>
    public bool IsUpdatableVmSupported() => Call(IVirtualizationService.IsUpdatableVmSupportedTransaction, static reply => reply.ReadBoolean());

    /// <inheritdoc/>
    public void RemoveVmInstance(ReadOnlySpan<byte> instanceId) => CallWithId(IVirtualizationService.RemoveVmInstanceTransaction, instanceId);

    /// <inheritdoc/>
    public void ClaimVmInstance(ReadOnlySpan<byte> instanceId) => CallWithId(IVirtualizationService.ClaimVmInstanceTransaction, instanceId);

    private void CallWithId(uint code, ReadOnlySpan<byte> instanceId)
    {
        Parcel data = Request();
        data.WriteInstanceId(instanceId);
        Call(code, data);
    }
}
