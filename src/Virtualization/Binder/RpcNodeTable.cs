using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <summary>
/// The objects of a session, and how often each was sent and received (libbinder's RpcState). A reference is counted when it is sent, in a parcel or as
/// the target of a call; whoever received it gives it back with DEC_STRONG.
/// </summary>
internal sealed class RpcNodeTable(RpcLimits limits, bool server, Action<Exception>? unhandled)
{
    /// <summary>Guards everything here. Innermost: nothing is called and no other lock is taken while it is held.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, RpcNode> _byAddress = [];
    private readonly Dictionary<BinderObject, RpcNode> _byObject = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<RpcNode> _toGiveBack = new();
    private readonly AsyncNumbers _asyncNumbers = new();
    private uint _nextNumber;
    private long _waitingBytes;
    private bool _ended;

    /// <summary>How many nodes wait to be given back. Read without the lock, as a hint: who makes it rise looks again itself.</summary>
    private volatile int _giveBackCount;

    private volatile int _unacknowledged;
    private volatile bool _spent;

    internal bool HasToGiveBack => _giveBackCount != 0;

    internal int GiveBackCount => _giveBackCount;

    /// <summary>References that were given up while the peer had not acknowledged all calls to their objects. A hint as well.</summary>
    internal bool HasUnacknowledged => _unacknowledged != 0;

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

    /// <summary>Takes one <see cref="Leave"/> back.</summary>
    internal void Return(ulong address)
    {
        BinderObject? unreferenced;
        lock (_gate)
        {
            unreferenced = _byAddress.TryGetValue(address, out RpcNode? node) ? Lower(node, 1) : null;
        }

        unreferenced?.RemoveRemoteReference(unhandled);
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

    /// <summary>The call is over: the reference that it was goes back with what is sent next.</summary>
    internal void GiveBack(RpcNode node)
    {
        lock (_gate)
        {
            QueueToGiveBack(node);
        }
    }

    /// <summary>A reference of this process was given up or collected.</summary>
    internal void Drop(RpcNode node, int generation)
    {
        lock (_gate)
        {
            if (_ended || node.Generation != generation || node.Dropped)
            {
                return;
            }

            node.Dropped = true;
            // Until the peer has acknowledged every call, one may still be on its way.
            if (node.TimesSent == 0)
            {
                QueueToGiveBack(node);
            }
            else
            {
                _unacknowledged++;
            }
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

    /// <summary>Writes DEC_STRONG messages for what is to be given back, as many as fit.</summary>
    /// <returns>Bytes written.</returns>
    internal int TakeGiveBacks(Span<byte> messages)
    {
        const int Size = RpcWire.HeaderSize + RpcWire.DecStrongSize;
        int written = 0;
        lock (_gate)
        {
            while (messages.Length - written >= Size && _toGiveBack.TryDequeue(out RpcNode? node))
            {
                node.Queued = false;
                bool wanted = node.Local is null && !(node.Dropped && node.TimesSent == 0); // it has come again meanwhile
                if (wanted || node.TimesReceived == 0)
                {
                    continue;
                }

                uint amount = (uint)Math.Min(node.TimesReceived, uint.MaxValue);
                node.TimesReceived -= amount;
                Span<byte> message = messages.Slice(written, Size);
                message.Clear();
                BinaryPrimitives.WriteUInt32LittleEndian(message, RpcWire.DecStrong);
                BinaryPrimitives.WriteUInt32LittleEndian(message[4..], RpcWire.DecStrongSize);
                BinaryPrimitives.WriteUInt64LittleEndian(message[RpcWire.HeaderSize..], node.Address);
                BinaryPrimitives.WriteUInt32LittleEndian(message[(RpcWire.HeaderSize + sizeof(ulong))..], amount);
                written += Size;
                EraseUnused(node);
            }

            _giveBackCount = _toGiveBack.Count;
        }

        return written;
    }

    /// <summary>The peer gives references back.</summary>
    /// <exception cref="RpcProtocolException">It has fewer.</exception>
    internal void DecStrong(ulong address, uint amount)
    {
        BinderObject? unreferenced;
        lock (_gate)
        {
            RequireAlive();
            if (!_byAddress.TryGetValue(address, out RpcNode? node) || amount > node.TimesSent)
            {
                throw new RpcProtocolException(
                    $"the peer gives {amount} references to the object {address:x} back; it has {node?.TimesSent ?? 0}");
            }

            unreferenced = Lower(node, amount);
        }

        unreferenced?.RemoveRemoteReference(unhandled);
    }

    /// <summary>Puts a oneway call that came into its place.</summary>
    /// <returns>Whether it is to be carried out now; otherwise it waits for an earlier one.</returns>
    /// <exception cref="RpcProtocolException">Its number was used already, or too many wait.</exception>
    internal bool BeginOneWay(RpcNode node, RpcTransaction call)
    {
        lock (_gate)
        {
            if (call.AsyncNumber == node.AsyncNumber && !node.AsyncRunning)
            {
                node.AsyncRunning = true;
                return true;
            }

            if (call.AsyncNumber <= node.AsyncNumber)
            {
                throw new RpcProtocolException($"a oneway call has the number {call.AsyncNumber}, which an earlier one had");
            }

            node.Waiting ??= [];
            if (node.Waiting.Count >= limits.MaxQueuedOneWay || _waitingBytes + call.Size > limits.MaxQueuedOneWayBytes)
            {
                throw new RpcProtocolException(
                    $"{node.Waiting.Count} oneway calls ({_waitingBytes} bytes in the session) wait for the one with the number {node.AsyncNumber}, and there are more");
            }

            if (_ended || !node.Waiting.TryAdd(call.AsyncNumber, call))
            {
                throw new RpcProtocolException($"a oneway call has the number {call.AsyncNumber}, which an earlier one had");
            }

            _waitingBytes += call.Size;
            return false;
        }
    }

    /// <summary>A oneway call was carried out.</summary>
    /// <returns>The one that has waited for it; null when it has not come.</returns>
    internal RpcTransaction? NextOneWay(RpcNode node)
    {
        lock (_gate)
        {
            node.AsyncNumber++;
            if (node.Waiting?.Remove(node.AsyncNumber, out RpcTransaction? next) == true)
            {
                _waitingBytes -= next.Size;
                return next;
            }

            node.AsyncRunning = false;
            return null;
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

    private RpcNode LeaveProxy(BinderProxy proxy)
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

    /// <returns>The object that the peer has no reference to any more.</returns>
    private BinderObject? Lower(RpcNode node, uint amount)
    {
        node.TimesSent -= amount;
        if (node.TimesSent != 0)
        {
            return null;
        }

        node.Held = null;
        if (node.Dropped)
        {
            _unacknowledged--;
            QueueToGiveBack(node);
        }

        EraseUnused(node);
        return amount > 0 ? node.Local : null;
    }

    private void QueueToGiveBack(RpcNode node)
    {
        if (!node.Queued && !_ended)
        {
            node.Queued = true;
            _toGiveBack.Enqueue(node);
            _giveBackCount = _toGiveBack.Count;
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
