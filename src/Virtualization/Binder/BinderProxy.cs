namespace Virtualization.Binder;

/// <summary>A reference to an object of the peer (libbinder's BpBinder). The peer is told when it is disposed or collected.</summary>
/// <remarks>A process has one for each object: whoever reads the object again gets the same, so only its last user may dispose it.</remarks>
public sealed class BinderProxy : IBinder, IDisposable
{
    private string? _descriptor;

    internal BinderProxy(RpcSession session, RpcNode node, int generation)
    {
        Session = session;
        Node = node;
        Generation = generation;
    }

    /// <summary>Gives the reference back.</summary>
    ~BinderProxy() => Session.Drop(this, collected: true);

    /// <summary>The session that it belongs to; it cannot be sent to another one's peer.</summary>
    public RpcSession Session { get; }

    /// <inheritdoc/>
    public bool IsAlive => Session.IsAlive && Session.Nodes.IsCurrent(Node, Generation);

    /// <inheritdoc/>
    public string? InterfaceDescriptor => _descriptor ??= AskInterface();

    internal RpcNode Node { get; }

    /// <summary>Which of the references to the object, made one after the other, this is.</summary>
    internal int Generation { get; }

    /// <inheritdoc/>
    public void Transact(uint code, Parcel data, Parcel? reply, TransactionFlags flags = TransactionFlags.None)
    {
        ArgumentNullException.ThrowIfNull(data);
        if ((flags & TransactionFlags.OneWay) == 0)
        {
            ArgumentNullException.ThrowIfNull(reply);
        }

        Session.Transact(this, code, data, reply, flags);
    }

    /// <inheritdoc/>
    /// <remarks>The link keeps the reference from being collected.</remarks>
    public void LinkToDeath(IDeathRecipient recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        Session.Link(this, recipient);
    }

    /// <inheritdoc/>
    public bool UnlinkToDeath(IDeathRecipient recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return Session.Unlink(this, recipient);
    }

    /// <summary>Gives the reference back. The peer learns of it at once where a connection is idle, otherwise with what is sent next.</summary>
    public void Dispose()
    {
        Session.Drop(this, collected: false);
        GC.SuppressFinalize(this);
    }

    private string? AskInterface()
    {
        using Parcel data = new();
        using Parcel reply = new();
        try
        {
            Transact(MetaTransaction.Interface, data, reply);
            return reply.ReadString();
        }
        catch (BinderException e) when (e.Status == StatusCode.DeadObject)
        {
            return null;
        }
    }
}
