using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Virtualization.Binder;

/// <content>The peer's calls of this side's objects.</content>
public sealed partial class RpcSession
{
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
}
