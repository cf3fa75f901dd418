using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <content>Calls of both sides.</content>
public sealed partial class RpcSession
{
    /// <summary>DEC_STRONG messages that go in front of another message in one piece.</summary>
    private const int GiveBacksAtOnce = 4;

    private const int GiveBackSize = RpcWire.HeaderSize + RpcWire.DecStrongSize;

    /// <summary>After so many oneway calls in a row the references that the peer gave back meanwhile are taken from the socket.</summary>
    private const int OneWaysBeforeLook = 32;

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_lastLook = TimeSpan.FromSeconds(1);

    /// <summary>Whether a task looks for what the peer acknowledges.</summary>
    private int _looking;

    internal void Transact(BinderProxy proxy, uint code, Parcel data, Parcel? reply, TransactionFlags flags)
    {
        bool oneWay = (flags & TransactionFlags.OneWay) != 0;
        RpcConnection connection = Acquire(oneWay);
        try
        {
            data.Leave(this);
            ulong address;
            ulong asyncNumber;
            try
            {
                RequireSize(RpcWire.TransactionSize, data);
                address = Nodes.LeaveForCall(proxy, oneWay, out asyncNumber);
            }
            catch
            {
                data.Return(this);
                throw;
            }

            // From here on the peer counts as having received it: a failure to send ends the session, and with it all counting.
            SendTransaction(connection, address, code, flags, asyncNumber, data);
            if (oneWay)
            {
                LookForGiveBacks(connection);
            }
            else
            {
                ReceiveReply(connection, reply!);
            }

            GC.KeepAlive(proxy);
        }
        catch (Exception e) when (IsEnd(e))
        {
            throw Dead(e);
        }
        finally
        {
            FinishUse(connection);
        }
    }

    /// <summary>Makes one of the calls that open a session.</summary>
    private void TransactSpecial(uint code, Parcel data, Parcel reply)
    {
        RpcConnection connection = Acquire(oneWay: false);
        try
        {
            SendTransaction(connection, 0, code, TransactionFlags.None, 0, data);
            ReceiveReply(connection, reply);
        }
        catch (Exception e) when (IsEnd(e))
        {
            throw Dead(e);
        }
        finally
        {
            FinishUse(connection);
        }
    }

    /// <summary>Gives a reference back.</summary>
    internal void Drop(BinderProxy proxy, bool collected)
    {
        Nodes.Drop(proxy.Node, proxy.Generation);
        if (!IsAlive)
        {
            return;
        }

        if (!collected)
        {
            LookAtIdle();
        }
        else if (Nodes.HasToGiveBack)
        {
            // The finalizer's thread may not wait for a peer.
            ThreadPool.UnsafeQueueUserWorkItem(static session => session.LookAtIdle(), this, preferLocal: false);
        }

        LookLater();
    }

    /// <summary>Takes what the peer gave back by connections that nobody uses, and gives back by them. Where there is none, whoever uses one does it.</summary>
    private void LookAtIdle()
    {
        RpcConnection[] connections;
        lock (_gate)
        {
            connections = [.. _outgoing];
        }

        foreach (RpcConnection connection in connections)
        {
            if (TryAcquire(connection))
            {
                try
                {
                    Drain(connection);
                }
                catch (Exception e) when (IsEnd(e))
                {
                    End(e);
                }
                finally
                {
                    FinishUse(connection);
                }
            }
        }
    }

    /// <summary>
    /// A reference that was given up right behind oneway calls can go back only when the peer has carried them out, and says so on a connection that
    /// perhaps nobody uses any more.
    /// </summary>
    private void LookLater()
    {
        if (Nodes.HasUnacknowledged && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            _ = LookUntilAcknowledged();
        }
    }

    private async Task LookUntilAcknowledged()
    {
        TimeSpan pause = s_firstLook;
        while (IsAlive && Nodes.HasUnacknowledged)
        {
            await Task.Delay(pause).ConfigureAwait(false);
            LookAtIdle();
            pause = pause < s_lastLook ? pause * 2 : s_lastLook;
        }

        Volatile.Write(ref _looking, 0);
        LookLater(); // for one that was given up in between
    }

    /// <summary>Gives back what has collected, then leaves the connection to others.</summary>
    private void FinishUse(RpcConnection connection)
    {
        try
        {
            // A connection that is used by a call further up is about to send something anyway.
            if (Nodes.HasToGiveBack && connection.Uses == 1 && connection.Nesting == 0 && IsAlive)
            {
                SendGiveBacks(connection, keepAtMost: 0, _drain);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            End(e);
        }
        finally
        {
            Release(connection);
        }
    }

    private void SendTransaction(RpcConnection connection, ulong address, uint code, TransactionFlags flags, ulong asyncNumber, Parcel data)
    {
        Span<byte> head = stackalloc byte[(GiveBacksAtOnce * GiveBackSize) + RpcWire.HeaderSize + RpcWire.TransactionSize];
        int start = PutGiveBacks(connection, head, data);
        Span<byte> message = head.Slice(start, RpcWire.HeaderSize + RpcWire.TransactionSize);
        message.Clear();
        int tableSize = data.TableSize(Version);
        BinaryPrimitives.WriteUInt32LittleEndian(message, RpcWire.Transact);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], RpcWire.TransactionSize + data.Length + tableSize);
        Span<byte> body = message[RpcWire.HeaderSize..];
        BinaryPrimitives.WriteUInt64LittleEndian(body, address);
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], code);
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], (uint)flags);
        BinaryPrimitives.WriteUInt64LittleEndian(body[16..], asyncNumber);
        BinaryPrimitives.WriteInt32LittleEndian(body[24..], data.Length);
        Send(connection, head[..(start + message.Length)], data, tableSize, _drain);
    }

    /// <summary>Puts what is to be given back in front of a message.</summary>
    /// <returns>Bytes written.</returns>
    private int PutGiveBacks(RpcConnection connection, Span<byte> head, Parcel parcel)
    {
        if (!Nodes.HasToGiveBack)
        {
            return 0;
        }

        // Descriptors go with the first byte that is sent, which must be their own message's.
        bool alone = !parcel.Descriptors.IsEmpty;
        SendGiveBacks(connection, alone ? 0 : GiveBacksAtOnce, null);
        return alone ? 0 : Nodes.TakeGiveBacks(head[..(GiveBacksAtOnce * GiveBackSize)]);
    }

    /// <summary>Sends what is to be given back, down to a few.</summary>
    private void SendGiveBacks(RpcConnection connection, int keepAtMost, Action<RpcConnection>? drain)
    {
        Span<byte> messages = stackalloc byte[64 * GiveBackSize];
        while (Nodes.GiveBackCount > keepAtMost)
        {
            int length = Nodes.TakeGiveBacks(messages);
            if (length > 0)
            {
                connection.Send(messages[..length], [], [], [], drain);
            }
        }

        EndIfSpent();
    }

    private void Send(RpcConnection connection, ReadOnlySpan<byte> head, Parcel parcel, int tableSize, Action<RpcConnection>? drain)
    {
        if (tableSize == 0)
        {
            connection.Send(head, parcel.Data, [], [], drain);
            return;
        }

        byte[] table = ArrayPool<byte>.Shared.Rent(tableSize);
        try
        {
            parcel.WriteTable(table.AsSpan(0, tableSize), Version);
            connection.Send(head, parcel.Data, table.AsSpan(0, tableSize), parcel.Descriptors, drain);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(table);
        }
    }

    /// <exception cref="BinderException">FailedTransaction.</exception>
    private void RequireSize(int fields, Parcel parcel)
    {
        long size = (long)fields + parcel.Length + parcel.TableSize(Version);
        if (size > _limits.MaxTransactionBytes)
        {
            throw new BinderException(
                StatusCode.FailedTransaction, $"a parcel of {parcel.Length} bytes makes a message of {size}; the limit is {_limits.MaxTransactionBytes}");
        }
    }

    /// <summary>Waits for the reply, and serves what the peer calls meanwhile.</summary>
    private void ReceiveReply(RpcConnection connection, Parcel reply)
    {
        connection.UnreadOneWays = 0;
        while (true)
        {
            if (!connection.TryReadHeader(out RpcHeader header))
            {
                throw new RpcProtocolException("the peer has closed the connection instead of replying");
            }

            if (header.Command == RpcWire.Reply)
            {
                ReadReply(connection, header, reply);
                return;
            }

            Process(connection, header, controlOnly: false);
        }
    }

    private void ReadReply(RpcConnection connection, RpcHeader header, Parcel reply)
    {
        int fields = RpcWire.ReplySize(Version);
        byte[] body = ReadBody(connection, header, fields, _limits.MaxTransactionBytes + fields, out int size); // Android counts the parcel alone
        List<FileDescriptor>? descriptors = connection.Descriptors;
        connection.Descriptors = null;
        StatusCode status = (StatusCode)BinaryPrimitives.ReadInt32LittleEndian(body);
        int dataSize;
        try
        {
            dataSize = RpcParcelSize.Check(size - fields, Version >= RpcWire.ExplicitParcelSize ? BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan(4)) : 0, Version);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(body);
            connection.Descriptors = descriptors; // closed with the connection
            throw;
        }

        reply.SetReceived(this, body, fields, dataSize, size, descriptors);
        if (status != StatusCode.Ok)
        {
            reply.Clear();
            throw new BinderException(status);
        }
    }

    private static byte[] ReadBody(RpcConnection connection, RpcHeader header, int least, int most, out int size)
    {
        if (header.BodySize < least || header.BodySize > (uint)most)
        {
            throw new RpcProtocolException(
                $"a message of command {header.Command} says that its body has {header.BodySize} bytes; {least} to {most} are possible");
        }

        size = (int)header.BodySize;
        byte[] body = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            connection.Read(body.AsSpan(0, size));
            return body;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(body);
            throw;
        }
    }

    private void Process(RpcConnection connection, RpcHeader header, bool controlOnly)
    {
        switch (header.Command)
        {
            case RpcWire.Transact when !controlOnly:
                ProcessTransact(connection, header);
                break;
            case RpcWire.DecStrong:
                ProcessDecStrong(connection, header);
                break;
            default:
                throw new RpcProtocolException($"a message of command {header.Command}, which there is not, or not here");
        }
    }

    private void ProcessDecStrong(RpcConnection connection, RpcHeader header)
    {
        if (header.BodySize != RpcWire.DecStrongSize)
        {
            throw new RpcProtocolException($"a message that gives references back has a body of {header.BodySize} bytes instead of {RpcWire.DecStrongSize}");
        }

        Span<byte> body = stackalloc byte[RpcWire.DecStrongSize];
        connection.Read(body);
        Nodes.DecStrong(BinaryPrimitives.ReadUInt64LittleEndian(body), BinaryPrimitives.ReadUInt32LittleEndian(body[8..]));
        EndIfSpent();
    }

    /// <summary>A server has nothing more to say to a client that has given its last object back, as in Android.</summary>
    private void EndIfSpent()
    {
        if (_server is not null && Nodes.IsSpent)
        {
            End(null);
        }
    }

    private void ProcessTransact(RpcConnection connection, RpcHeader header)
    {
        byte[] body = ReadBody(connection, header, RpcWire.TransactionSize, _limits.MaxTransactionBytes, out int size);
        RpcTransaction call;
        try
        {
            call = RpcTransaction.Parse(body, size, connection.Descriptors, Version);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(body);
            throw;
        }

        connection.Descriptors = null;
        if (connection.Nesting >= _limits.MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            call.Discard();
            throw new RpcProtocolException($"the peer calls {connection.Nesting + 1} times within calls");
        }

        bool peerWaited = connection.PeerWaits;
        connection.Nesting++;
        connection.PeerWaits = !call.OneWay;
        try
        {
            RpcNode? node;
            try
            {
                node = call.Address == 0 ? null : Nodes.EnterForCall(call.Address);
                if (call.OneWay && (node is null || !Nodes.BeginOneWay(node, call)))
                {
                    if (node is null)
                    {
                        call.Discard(); // no special call is oneway: there is nobody to tell
                    }

                    return; // the node has it, until its turn comes
                }
            }
            catch
            {
                call.Discard();
                throw;
            }

            if (call.OneWay)
            {
                CarryOutOneWays(connection, node!, call);
            }
            else
            {
                CarryOut(connection, node, call);
            }
        }
        finally
        {
            connection.PeerWaits = peerWaited;
            connection.Nesting--;
        }
    }

    private void CarryOut(RpcConnection connection, RpcNode? node, RpcTransaction call)
    {
        using Parcel reply = new();
        StatusCode status = Execute(connection, node, call, reply);
        bool left = false;
        if (status == StatusCode.Ok)
        {
            try
            {
                reply.Leave(this);
                left = true;
                RequireSize(RpcWire.ReplySize(Version), reply);
            }
            catch (BinderException e) when (e.Status != StatusCode.DeadObject)
            {
                if (left)
                {
                    reply.Return(this);
                }

                _unhandled?.Invoke(e);
                status = e.Status;
                reply.Clear();
            }
        }

        if (node is not null)
        {
            Nodes.GiveBack(node);
        }

        Reply(connection, status, reply);
    }

    private void CarryOutOneWays(RpcConnection connection, RpcNode node, RpcTransaction call)
    {
        for (RpcTransaction? next = call; next is not null; next = Nodes.NextOneWay(node))
        {
            using Parcel reply = new();
            Execute(connection, node, next, reply);
        }

        Nodes.GiveBack(node);
        SendGiveBacks(connection, keepAtMost: 0, null);
    }

    private StatusCode Execute(RpcConnection connection, RpcNode? node, RpcTransaction call, Parcel reply)
    {
        using Parcel data = call.TakeData(this);
        CallContext context = new(this, connection.Peer, call.Flags);
        if (node is not null)
        {
            return node.Local!.Execute(call.Code, data, reply, context, _unhandled);
        }

        try
        {
            switch (call.Code)
            {
                case RpcWire.GetRoot:
                    reply.WriteStrongBinder(GetRoot(context));
                    return StatusCode.Ok;
                case RpcWire.GetMaxThreads:
                    reply.WriteInt32(_maxThreads);
                    return StatusCode.Ok;
                case RpcWire.GetSessionId:
                    reply.WriteByteArray(_id);
                    return StatusCode.Ok;
                default:
                    return StatusCode.UnknownTransaction;
            }
        }
        catch (Exception e)
        {
            reply.Clear();
            if (e is BinderException { Status: not StatusCode.Ok } refused)
            {
                return refused.Status;
            }

            _unhandled?.Invoke(e);
            return StatusCode.UnknownError;
        }
    }

    private void Reply(RpcConnection connection, StatusCode status, Parcel reply)
    {
        Span<byte> head = stackalloc byte[(GiveBacksAtOnce * GiveBackSize) + RpcWire.HeaderSize + RpcWire.ReplySizeWithParcelSize];
        int start = PutGiveBacks(connection, head, reply);
        int fields = RpcWire.ReplySize(Version);
        Span<byte> message = head.Slice(start, RpcWire.HeaderSize + fields);
        message.Clear();
        int tableSize = reply.TableSize(Version);
        BinaryPrimitives.WriteUInt32LittleEndian(message, RpcWire.Reply);
        BinaryPrimitives.WriteInt32LittleEndian(message[4..], fields + reply.Length + tableSize);
        BinaryPrimitives.WriteInt32LittleEndian(message[RpcWire.HeaderSize..], (int)status);
        if (fields > sizeof(int))
        {
            BinaryPrimitives.WriteInt32LittleEndian(message[(RpcWire.HeaderSize + sizeof(int))..], reply.Length);
        }

        Send(connection, head[..(start + message.Length)], reply, tableSize, null);
        EndIfSpent();
    }

    /// <summary>Now and then takes what the peer gave back while nobody read here, so that it does not fill the socket.</summary>
    private void LookForGiveBacks(RpcConnection connection)
    {
        if (++connection.UnreadOneWays >= OneWaysBeforeLook)
        {
            Drain(connection);
        }
    }

    /// <summary>Takes what can be read without waiting, on a connection on which the peer only gives back.</summary>
    private void Drain(RpcConnection connection)
    {
        connection.UnreadOneWays = 0;
        while (connection.HasInput())
        {
            if (!connection.TryReadHeader(out RpcHeader header))
            {
                throw new RpcProtocolException("the peer has closed the connection");
            }

            Process(connection, header, controlOnly: true);
        }
    }
}
