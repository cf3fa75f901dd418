using System.Buffers;
using System.Buffers.Binary;
using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <content>Calls of the peer's objects.</content>
public sealed partial class RpcSession
{
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
}
