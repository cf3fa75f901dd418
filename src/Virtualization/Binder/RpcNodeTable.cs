namespace Virtualization.Binder;

/// <summary>
/// The objects of a session, and how often each was sent and received (libbinder's RpcState). A reference is counted when it is sent, in a parcel or as
/// the target of a call; whoever received it gives it back with DEC_STRONG.
/// </summary>
internal sealed partial class RpcNodeTable(RpcLimits limits, bool server, Action<Exception>? unhandled)
{
    /// <summary>Guards everything here. Innermost: nothing is called and no other lock is taken while it is held.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, RpcNode> _byAddress = [];
    private readonly Dictionary<BinderObject, RpcNode> _byObject = new(ReferenceEqualityComparer.Instance);
    private readonly AsyncNumbers _asyncNumbers = new();
    private uint _nextNumber;
    private volatile bool _spent;
    private bool _ended;

    /// <summary>Whether there were objects, and the last of them was given back. A hint, as <see cref="HasToGiveBack"/>.</summary>
    internal bool IsSpent => _spent;

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _byAddress.Count;
            }
        }
    }

    /// <summary>Counts a reference that is about to be sent in a parcel.</summary>
    /// <exception cref="BinderException">It cannot be sent by this session.</exception>
    internal ulong Leave(IBinder binder, RpcSession session)
    {
        lock (_gate)
        {
            RequireAlive();
            switch (binder)
            {
                case BinderProxy proxy when ReferenceEquals(proxy.Session, session):
                    return LeaveProxy(proxy).Address;
                case BinderProxy:
                    throw new BinderException(
                        StatusCode.InvalidOperation, "an object of one session's peer cannot be sent to another's: send an object of this process that forwards the calls");
                case BinderObject local:
                    RpcNode node = _byObject.TryGetValue(local, out RpcNode? known) ? known : AddLocal(local);
                    if (node.TimesSent++ == 0)
                    {
                        local.AddRemoteReference();
                    }

                    return node.Address;
                default:
                    throw new BinderException(StatusCode.InvalidOperation, $"a {binder.GetType().Name} cannot be sent: derive it from {nameof(BinderObject)}");
            }
        }
    }

    /// <summary>Counts a call to the peer's object, which is a reference too, and numbers it if it is oneway.</summary>
    /// <exception cref="BinderException">DeadObject: the reference was given up.</exception>
    internal ulong LeaveForCall(BinderProxy proxy, bool oneWay, out ulong asyncNumber)
    {
        lock (_gate)
        {
            RequireAlive();
            RpcNode node = LeaveProxy(proxy);
            asyncNumber = oneWay ? node.AsyncNumber++ : 0;
            return node.Address;
        }
    }

    /// <summary>Counts a reference that came in a parcel.</summary>
    /// <param name="address">As the peer said it.</param>
    /// <param name="session">The table's.</param>
    /// <param name="created">Whether this process had no reference to the object.</param>
    /// <exception cref="RpcProtocolException">There cannot be such an address.</exception>
    internal IBinder Enter(ulong address, RpcSession session, out bool created)
    {
        lock (_gate)
        {
            RequireAlive();
            created = false;
            if (!_byAddress.TryGetValue(address, out RpcNode? node))
            {
                node = AddRemote(address);
            }

            node.TimesReceived++;
            if (node.Local is { } local)
            {
                QueueToGiveBack(node);
                return local;
            }

            if (node.Held is { } held && !node.Dropped)
            {
                return held;
            }

            if (!node.Dropped && node.Proxy?.TryGetTarget(out BinderProxy? proxy) == true)
            {
                return proxy;
            }

            created = true;
            if (node.Dropped && node.TimesSent > 0)
            {
                _unacknowledged--;
            }

            node.Dropped = false;
            proxy = new BinderProxy(session, node, ++node.Generation);
            node.Proxy = new WeakReference<BinderProxy>(proxy);
            node.Held = node.TimesSent > 0 ? proxy : null;
            return proxy;
        }
    }

    /// <summary>Finds the target of a call that came, which is a reference too.</summary>
    /// <exception cref="RpcProtocolException">The peer has no reference to such an object.</exception>
    internal RpcNode EnterForCall(ulong address)
    {
        lock (_gate)
        {
            RequireAlive();
            if (!_byAddress.TryGetValue(address, out RpcNode? node) || node.Local is null)
            {
                throw new RpcProtocolException($"a call to the object {address:x}, which this side did not send");
            }

            node.TimesReceived++;
            return node;
        }
    }

    /// <summary>Whether a reference still is one.</summary>
    internal bool IsCurrent(RpcNode node, int generation)
    {
        lock (_gate)
        {
            return !_ended && node.Generation == generation && !node.Dropped;
        }
    }

    /// <summary>Forgets everything: the session has ended.</summary>
    /// <returns>The objects of this process that the peer held.</returns>
    internal List<BinderObject> End()
    {
        List<BinderObject> held = [];
        lock (_gate)
        {
            _ended = true;
            foreach (RpcNode node in _byAddress.Values)
            {
                if (node.Local is not null && node.TimesSent > 0)
                {
                    held.Add(node.Local);
                }

                foreach (RpcTransaction call in node.Waiting?.Values ?? Enumerable.Empty<RpcTransaction>())
                {
                    call.Discard();
                }

                node.Waiting = null;
                node.Held = null;
            }

            _byAddress.Clear();
            _byObject.Clear();
            _toGiveBack.Clear();
            _giveBackCount = 0;
            _unacknowledged = 0;
        }

        return held;
    }

    private void RequireAlive()
    {
        if (_ended)
        {
            throw new BinderException(StatusCode.DeadObject, "the session has ended");
        }
    }

    private static RpcNode LeaveProxy(BinderProxy proxy)
    {
        RpcNode node = proxy.Node;
        if (node.Generation != proxy.Generation || node.Dropped)
        {
            throw new BinderException(StatusCode.DeadObject, "the reference was disposed");
        }

        node.TimesSent++;
        node.Held = proxy;
        return node;
    }

    private RpcNode AddLocal(BinderObject local)
    {
        RequireRoom();
        ulong options = RpcWire.CreatedOption | (server ? RpcWire.ForServerOption : 0);
        ulong address;
        do
        {
            // The number wraps after 2^32 objects, of which few are left; those keep theirs.
            address = options | ((ulong)_nextNumber++ << 32);
        }
        while (_byAddress.ContainsKey(address));
        RpcNode node = new(address, local);
        _byAddress.Add(address, node);
        _byObject.Add(local, node);
        return node;
    }

    private RpcNode AddRemote(ulong address)
    {
        const ulong Known = RpcWire.CreatedOption | RpcWire.ForServerOption;
        bool ofServer = (address & RpcWire.ForServerOption) != 0;
        if ((address & RpcWire.CreatedOption) == 0 || (uint)(address & ~Known) != 0 || ofServer == server)
        {
            throw new RpcProtocolException($"the peer sends the object {address:x}, which is none of its own and none that it was sent");
        }

        RequireRoom();
        RpcNode node = new(address, null) { AsyncNumber = _asyncNumbers.Take(address) };
        _byAddress.Add(address, node);
        return node;
    }

    private void RequireRoom()
    {
        if (_byAddress.Count >= limits.MaxNodes)
        {
            throw new BinderException(StatusCode.NoMemory, $"both sides of the session have sent each other {_byAddress.Count} objects, and no more are possible");
        }
    }

    private void EraseUnused(RpcNode node)
    {
        if (node.TimesSent != 0 || node.TimesReceived != 0 || node.AsyncRunning)
        {
            return;
        }

        if (_byAddress.Remove(node.Address))
        {
            _spent = _byAddress.Count == 0;
            if (node.Local is not null)
            {
                _byObject.Remove(node.Local);
            }
            else
            {
                _asyncNumbers.Keep(node.Address, node.AsyncNumber);
            }

            foreach (RpcTransaction call in node.Waiting?.Values ?? Enumerable.Empty<RpcTransaction>())
            {
                _waitingBytes -= call.Size;
                call.Discard();
            }

            node.Waiting = null;
        }
    }
}
