using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The client side of <see cref="IVirtualMachineCallback"/>.</summary>
/// <param name="remote">The object that is called.</param>
public sealed class VirtualMachineCallbackProxy(IBinder remote) : AidlProxy(remote, IVirtualMachineCallback.Descriptor), IVirtualMachineCallback
{
    /// <inheritdoc/>
    public void OnPayloadStarted(int cid) => CallOneWay(IVirtualMachineCallback.OnPayloadStartedTransaction, Request(cid));

    /// <inheritdoc/>
    public void OnPayloadReady(int cid) => CallOneWay(IVirtualMachineCallback.OnPayloadReadyTransaction, Request(cid));

    /// <inheritdoc/>
    public void OnPayloadFinished(int cid, int exitCode)
    {
        Parcel data = Request(cid);
        data.WriteInt32(exitCode);
        CallOneWay(IVirtualMachineCallback.OnPayloadFinishedTransaction, data);
    }

    /// <inheritdoc/>
    public void OnError(int cid, ErrorCode errorCode, string message)
    {
        Parcel data = Request(cid);
        data.WriteInt32((int)errorCode);
        data.WriteString(message);
        CallOneWay(IVirtualMachineCallback.OnErrorTransaction, data);
    }

    /// <inheritdoc/>
    public void OnDied(int cid, DeathReason reason)
    {
        Parcel data = Request(cid);
        data.WriteInt32((int)reason);
        CallOneWay(IVirtualMachineCallback.OnDiedTransaction, data);
    }

    private Parcel Request(int cid)
    {
        Parcel data = Request();
        data.WriteInt32(cid);
        return data;
    }
}
