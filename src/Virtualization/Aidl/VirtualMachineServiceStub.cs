using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVirtualMachineService"/>.</summary>
public abstract class VirtualMachineServiceStub : BinderObject, IVirtualMachineService
{
    /// <summary>Makes the object.</summary>
    protected VirtualMachineServiceStub()
        : base(IVirtualMachineService.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract void NotifyPayloadStarted();

    /// <inheritdoc/>
    public abstract void NotifyPayloadReady();

    /// <inheritdoc/>
    public abstract void NotifyPayloadFinished(int exitCode);

    /// <inheritdoc/>
    public abstract void NotifyError(ErrorCode errorCode, string message);

    /// <inheritdoc/>
    public abstract IReadOnlyList<Certificate> RequestAttestation(byte[] csr, bool testMode);

    /// <inheritdoc/>
    public abstract IBinder? GetSecretkeeper();

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVirtualMachineService.Descriptor);
        switch (code)
        {
            case IVirtualMachineService.NotifyPayloadStartedTransaction:
                NotifyPayloadStarted();
                reply.WriteStatusOk();
                break;
            case IVirtualMachineService.NotifyPayloadReadyTransaction:
                NotifyPayloadReady();
                reply.WriteStatusOk();
                break;
            case IVirtualMachineService.NotifyPayloadFinishedTransaction:
                NotifyPayloadFinished(data.ReadInt32());
                reply.WriteStatusOk();
                break;
            case IVirtualMachineService.NotifyErrorTransaction:
                NotifyError((ErrorCode)data.ReadInt32(), data.ReadRequiredString());
                reply.WriteStatusOk();
                break;
            case IVirtualMachineService.RequestAttestationTransaction:
                IReadOnlyList<Certificate> chain = RequestAttestation(data.ReadByteArray(), data.ReadBoolean());
                reply.WriteStatusOk();
                reply.WriteParcelableList(chain);
                break;
            case IVirtualMachineService.GetSecretkeeperTransaction:
                IBinder? secretkeeper = GetSecretkeeper();
                reply.WriteStatusOk();
                reply.WriteStrongBinder(secretkeeper);
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
