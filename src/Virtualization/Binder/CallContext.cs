namespace Virtualization.Binder;

/// <summary>Who calls, and how.</summary>
public readonly struct CallContext
{
    internal CallContext(RpcSession? session, in RpcPeer peer, TransactionFlags flags)
    {
        Session = session;
        PeerCid = peer.Cid;
        PeerUid = peer.Uid;
        PeerPid = peer.Pid;
        Flags = flags;
    }

    /// <summary>The session that the call came by; null for a call from this process, and while a connection is still being judged.</summary>
    public RpcSession? Session { get; }

    /// <summary>The caller's address where it came over AF_VSOCK.</summary>
    public uint? PeerCid { get; }

    /// <summary>The caller's user over a Unix socket (SO_PEERCRED), or this process's own; <see cref="uint.MaxValue"/> where nobody knows (vsock).</summary>
    public uint PeerUid { get; }

    /// <summary>The caller's process over a Unix socket (SO_PEERCRED), or this one; -1 where nobody knows (vsock).</summary>
    public int PeerPid { get; }

    /// <summary>How the call was made.</summary>
    public TransactionFlags Flags { get; }

    internal CallContext With(TransactionFlags flags) => new(Session, new RpcPeer(PeerCid, PeerUid, PeerPid), flags);
}
