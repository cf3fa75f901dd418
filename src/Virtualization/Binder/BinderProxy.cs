namespace Virtualization.Binder;

/// <summary>A reference to an object of the peer (libbinder's BpBinder). The peer is told when it is disposed or collected.</summary>
public sealed class BinderProxy : IBinder, IDisposable
{
    internal BinderProxy(RpcSession session, ulong address)
    {
        Session = session;
        Address = address;
    }

    /// <summary>The session that it belongs to; it cannot be sent to another one's peer.</summary>
    public RpcSession Session { get; }

    /// <inheritdoc/>
    public bool IsAlive => throw new NotImplementedException();

    /// <inheritdoc/>
    public string? InterfaceDescriptor => throw new NotImplementedException();

    internal ulong Address { get; }

    /// <inheritdoc/>
    public void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void LinkToDeath(IDeathRecipient recipient) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool UnlinkToDeath(IDeathRecipient recipient) => throw new NotImplementedException();

    /// <summary>Gives the reference back.</summary>
    public void Dispose() => throw new NotImplementedException();
}
