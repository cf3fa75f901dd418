using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVirtualizationService"/>.</summary>
public abstract class VirtualizationServiceStub : BinderObject, IVirtualizationService
{
    /// <summary>Makes the object.</summary>
    protected VirtualizationServiceStub()
        : base(IVirtualizationService.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract IVirtualMachine CreateVm(
        VirtualMachineConfig config, FileDescriptor? consoleOutFd, FileDescriptor? consoleInFd, FileDescriptor? osLogFd);

    /// <inheritdoc/>
    public abstract byte[] AllocateInstanceId();

    /// <inheritdoc/>
    public abstract void InitializeWritablePartition(FileDescriptor imageFd, long sizeBytes, PartitionType type);

    /// <inheritdoc/>
    public abstract void CreateOrUpdateIdsigFile(FileDescriptor inputFd, FileDescriptor idsigFd);

    /// <inheritdoc/>
    public abstract IReadOnlyList<VirtualMachineDebugInfo> DebugListVms();

    /// <inheritdoc/>
    public abstract IReadOnlyList<AssignableDevice> GetAssignableDevices();

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> GetSupportedOSList();

    /// <inheritdoc/>
    public abstract bool IsFeatureEnabled(string feature);

    /// <inheritdoc/>
    public abstract void EnableTestAttestation();

    /// <inheritdoc/>
    public abstract bool IsRemoteAttestationSupported();

    /// <inheritdoc/>
    public abstract bool IsUpdatableVmSupported();

    /// <inheritdoc/>
    public abstract void RemoveVmInstance(ReadOnlySpan<byte> instanceId);

    /// <inheritdoc/>
    public abstract void ClaimVmInstance(ReadOnlySpan<byte> instanceId);

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVirtualizationService.Descriptor);
        switch (code)
        {
            case IVirtualizationService.CreateVmTransaction:
                TransactCreateVm(data, reply);
                break;
            case IVirtualizationService.AllocateInstanceIdTransaction:
                byte[] id = AllocateInstanceId();
                reply.WriteStatusOk();
                reply.WriteInstanceId(id);
                break;
            case IVirtualizationService.InitializeWritablePartitionTransaction:
                using (FileDescriptor image = data.ReadRequiredDescriptor())
                {
                    InitializeWritablePartition(image, data.ReadInt64(), (PartitionType)data.ReadInt32());
                }

                reply.WriteStatusOk();
                break;
            case IVirtualizationService.CreateOrUpdateIdsigFileTransaction:
                using (FileDescriptor input = data.ReadRequiredDescriptor())
                using (FileDescriptor idsig = data.ReadRequiredDescriptor())
                {
                    CreateOrUpdateIdsigFile(input, idsig);
                }

                reply.WriteStatusOk();
                break;
            case IVirtualizationService.DebugListVmsTransaction:
                IReadOnlyList<VirtualMachineDebugInfo> vms = DebugListVms();
                reply.WriteStatusOk();
                reply.WriteParcelableList(vms);
                break;
            case IVirtualizationService.GetAssignableDevicesTransaction:
                IReadOnlyList<AssignableDevice> devices = GetAssignableDevices();
                reply.WriteStatusOk();
                reply.WriteParcelableList(devices);
                break;
            case IVirtualizationService.GetSupportedOSListTransaction:
                IReadOnlyList<string> names = GetSupportedOSList();
                reply.WriteStatusOk();
                reply.WriteStringList(names);
                break;
            case IVirtualizationService.IsFeatureEnabledTransaction:
                Answer(reply, IsFeatureEnabled(data.ReadRequiredString()));
                break;
            case IVirtualizationService.EnableTestAttestationTransaction:
                EnableTestAttestation();
                reply.WriteStatusOk();
                break;
            case IVirtualizationService.IsRemoteAttestationSupportedTransaction:
                Answer(reply, IsRemoteAttestationSupported());
                break;
            case IVirtualizationService.IsUpdatableVmSupportedTransaction:
                Answer(reply, IsUpdatableVmSupported());
                break;
            case IVirtualizationService.RemoveVmInstanceTransaction:
                RemoveVmInstance(data.ReadInstanceId());
                reply.WriteStatusOk();
                break;
            case IVirtualizationService.ClaimVmInstanceTransaction:
                ClaimVmInstance(data.ReadInstanceId());
                reply.WriteStatusOk();
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }

    private static void Answer(Parcel reply, bool value)
    {
        reply.WriteStatusOk();
        reply.WriteBoolean(value);
    }

    private void TransactCreateVm(Parcel data, Parcel reply)
    {
        VirtualMachineConfig config = data.ReadRequiredUnion<VirtualMachineConfig>();
        IVirtualMachine vm = CreateVm(config, data.ReadParcelFileDescriptor(), data.ReadParcelFileDescriptor(), data.ReadParcelFileDescriptor());
        reply.WriteStatusOk();
        reply.WriteStrongBinder(AidlProxy.BinderOf(vm));
    }
}
