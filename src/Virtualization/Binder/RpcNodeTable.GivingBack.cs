using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <content>References that are given back, by either side.</content>
internal sealed partial class RpcNodeTable
{
    private readonly Queue<RpcNode> _toGiveBack = new();

    /// <summary>How many nodes wait to be given back. Read without the lock, as a hint: who makes it rise looks again itself.</summary>
    private volatile int _giveBackCount;

    private volatile int _unacknowledged;

    internal bool HasToGiveBack => _giveBackCount != 0;

    internal int GiveBackCount => _giveBackCount;

    /// <summary>References that were given up while the peer had not acknowledged all calls to their objects. A hint as well.</summary>
    internal bool HasUnacknowledged => _unacknowledged != 0;

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
}
