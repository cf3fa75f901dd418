using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The server side of <see cref="IVirtualMachineCallback"/>, which is in the client of the VM.</summary>
public abstract class VirtualMachineCallbackStub : BinderObject, IVirtualMachineCallback
{
    /// <summary>Makes the object.</summary>
    protected VirtualMachineCallbackStub()
        : base(IVirtualMachineCallback.Descriptor)
    {
    }

    /// <inheritdoc/>
    public abstract void OnPayloadStarted(int cid);

    /// <inheritdoc/>
    public abstract void OnPayloadReady(int cid);

    /// <inheritdoc/>
    public abstract void OnPayloadFinished(int cid, int exitCode);

    /// <inheritdoc/>
    public abstract void OnError(int cid, ErrorCode errorCode, string message);

    /// <inheritdoc/>
    public abstract void OnDied(int cid, DeathReason reason);

    /// <inheritdoc/>
    protected sealed override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
    {
        data.EnforceInterface(IVirtualMachineCallback.Descriptor);
        int cid = data.ReadInt32();
        switch (code)
        {
            case IVirtualMachineCallback.OnPayloadStartedTransaction:
                OnPayloadStarted(cid);
                break;
            case IVirtualMachineCallback.OnPayloadReadyTransaction:
                OnPayloadReady(cid);
                break;
            case IVirtualMachineCallback.OnPayloadFinishedTransaction:
                OnPayloadFinished(cid, data.ReadInt32());
                break;
            case IVirtualMachineCallback.OnErrorTransaction:
                OnError(cid, (ErrorCode)data.ReadInt32(), data.ReadRequiredString());
                break;
            case IVirtualMachineCallback.OnDiedTransaction:
                OnDied(cid, (DeathReason)data.ReadInt32());
                break;
            default:
                throw new BinderException(StatusCode.UnknownTransaction);
        }
    }
}
