using Virtualization.Binder;

namespace VmPayload.Binder;

/// <content>Calls to the peer and from it.</content>
internal unsafe partial struct RpcSession
{
    /// <summary>Calls an object of the peer and waits for its answer, unless the call is oneway.</summary>
    /// <param name="node">Of the object; null: the session itself.</param>
    /// <param name="code">The method.</param>
    /// <param name="data">Still the caller's.</param>
    /// <param name="flags">RpcWireTransaction.flags.</param>
    /// <param name="reply">The caller's when the status is good and the call not oneway.</param>
    internal StatusCode Transact(RpcNode* node, uint code, AParcel* data, TransactionFlags flags, out AParcel* reply)
    {
        reply = null;
        bool oneWay = (flags & TransactionFlags.OneWay) != 0;
        RpcConnection* connection = AcquireConnection(oneWay ? RpcConnectionUse.OneWay : RpcConnectionUse.Call, out bool wasOwned, out StatusCode status);
        if (connection == null)
        {
            return status;
        }

        bool alive = true;
        if (oneWay && !wasOwned)
        {
            // Nobody would read what the peer gives back meanwhile, until it could send no more.
            while (alive && connection->HasData)
            {
                alive = ReceiveCommand(connection);
            }
        }

        alive = alive && SendTransaction(connection, node, code, data, flags);
        if (alive && !oneWay)
        {
            status = WaitForReply(connection, out reply, out alive);
        }

        if (!alive)
        {
            End();
            status = StatusCode.DeadObject;
        }

        ReturnConnection(connection, wasOwned);
        FlushReleased();
        return status;
    }

    private bool SendTransaction(RpcConnection* connection, RpcNode* node, uint code, AParcel* data, TransactionFlags flags)
    {
        ulong number = 0;
        if (node != null)
        {
            // As in Android a call sends the object that it calls, and the peer gives it back when the call has run. What is sent after the end
            // nobody would give back.
            _lock.Lock();
            bool ended = _ended;
            if (!ended)
            {
                node->Binder->RemoteReferences += node->TimesSent++ == 0 ? 1 : 0;
                number = (flags & TransactionFlags.OneWay) != 0 ? node->NextSent++ : 0;
            }

            _lock.Unlock();
            if (ended)
            {
                return false;
            }
        }

        byte* body = data->Data - RpcWire.TransactionSize;
        new Span<byte>(body, RpcWire.TransactionSize).Clear();
        *(ulong*)body = node == null ? 0 : node->Address;
        *(uint*)(body + RpcFields.TransactionCode) = code;
        *(uint*)(body + RpcFields.TransactionFlags) = (uint)flags;
        *(ulong*)(body + RpcFields.TransactionAsyncNumber) = number;
        *(int*)(body + RpcFields.TransactionParcelSize) = _version == 0 ? 0 : data->Size;
        int length = RpcWire.TransactionSize + data->Size;
        WriteHeader(body, RpcWire.Transact, length);
        bool sent = connection->Send(body - RpcWire.HeaderSize, RpcWire.HeaderSize + length);
        if (sent)
        {
            data->MarkSent();
        }

        return sent;
    }

    // The message's header goes right before its body, where a parcel has room.
    private static void WriteHeader(byte* body, uint command, int length)
    {
        uint* header = (uint*)(body - RpcWire.HeaderSize);
        header[0] = command;
        header[1] = (uint)length;
        header[2] = 0;
        header[3] = 0;
    }

    private StatusCode WaitForReply(RpcConnection* connection, out AParcel* reply, out bool alive)
    {
        reply = null;
        uint* header = stackalloc uint[RpcWire.HeaderSize / sizeof(uint)];
        while (true)
        {
            alive = connection->Receive(header, RpcWire.HeaderSize);
            if (alive && header[0] == RpcWire.Reply)
            {
                return ReceiveReply(connection, header[1], out reply, out alive);
            }

            alive = alive && Process(connection, header[0], header[1]);
            if (!alive)
            {
                return StatusCode.DeadObject;
            }
        }
    }

    private StatusCode ReceiveReply(RpcConnection* connection, uint length, out AParcel* reply, out bool alive)
    {
        reply = null;
        alive = false;
        int headerLength = RpcWire.ReplySize(_version);
        if (length < headerLength || length - headerLength > RpcFields.MaxBody)
        {
            return StatusCode.DeadObject;
        }

        int room = (int)length - headerLength;
        AParcel* received = CreateParcel(room);
        if (received == null)
        {
            return StatusCode.DeadObject;
        }

        byte* body = received->Data - headerLength;
        if (connection->Receive(body, (int)length) && IsParcelSize(_version == 0 ? (uint)room : *(uint*)(body + RpcFields.ReplyParcelSize), room))
        {
            alive = true;
            received->SetReceived(_version == 0 ? room : *(int*)(body + RpcFields.ReplyParcelSize));
            StatusCode status = (StatusCode)(*(int*)body);
            if (status == StatusCode.Ok)
            {
                reply = received;
                return status;
            }

            AParcel.Delete(received);
            return status;
        }

        AParcel.Delete(received);
        return StatusCode.DeadObject;
    }

    // What is left of a message behind its parcel is a table of offsets: of descriptors, which no connection of ours carries.
    private static bool IsParcelSize(uint size, int room) => size <= room && ((room - size) & 3) == 0;

    private bool ReceiveCommand(RpcConnection* connection) => ReceiveCommand(connection, out _);

    private bool ReceiveCommand(RpcConnection* connection, out bool isClosed)
    {
        uint* header = stackalloc uint[RpcWire.HeaderSize / sizeof(uint)];
        return connection->Receive(header, RpcWire.HeaderSize, out isClosed) && Process(connection, header[0], header[1]);
    }

    // False: the session is over.
    private bool Process(RpcConnection* connection, uint command, uint length)
    {
        if (command == RpcWire.Transact && length is >= RpcWire.TransactionSize and <= RpcFields.MaxBody)
        {
            return ReceiveTransaction(connection, (int)length);
        }

        if (command == RpcWire.DecStrong && length == RpcWire.DecStrongSize)
        {
            byte* body = stackalloc byte[RpcWire.DecStrongSize];
            return connection->Receive(body, RpcWire.DecStrongSize) && DecStrong(*(ulong*)body, *(uint*)(body + RpcFields.DecStrongAmount));
        }

        return false;
    }

    private bool ReceiveTransaction(RpcConnection* connection, int length)
    {
        int room = length - RpcWire.TransactionSize;
        AParcel* data = CreateParcel(room);
        if (data == null)
        {
            return false;
        }

        byte* body = data->Data - RpcWire.TransactionSize;
        if (!connection->Receive(body, length) || connection->Depth >= Limits.Depth)
        {
            AParcel.Delete(data);
            return false;
        }

        ulong address = *(ulong*)body;
        uint code = *(uint*)(body + RpcFields.TransactionCode);
        bool oneWay = (*(uint*)(body + RpcFields.TransactionFlags) & (uint)TransactionFlags.OneWay) != 0;
        ulong number = *(ulong*)(body + RpcFields.TransactionAsyncNumber);
        uint size = _version == 0 ? (uint)room : *(uint*)(body + RpcFields.TransactionParcelSize);
        if (!IsParcelSize(size, room))
        {
            AParcel.Delete(data);
            return false;
        }

        data->SetReceived((int)size);
        if (address == 0)
        {
            AParcel.Delete(data);
            return AnswerSpecial(connection, code, oneWay);
        }

        return oneWay ? RunOneWay(connection, address, number, code, data) : Run(connection, address, code, data);
    }

    private bool AnswerSpecial(RpcConnection* connection, uint code, bool oneWay)
    {
        AParcel* reply = CreateParcel(0);
        if (reply == null)
        {
            return false;
        }

        StatusCode status;
        fixed (byte* id = _id)
        {
            status = !IsServer ? StatusCode.UnknownTransaction : code switch
            {
                RpcWire.GetRoot => reply->WriteStrongBinder(_root),
                RpcWire.GetMaxThreads => reply->WriteInt32(Limits.ServingConnections),
                RpcWire.GetSessionId => reply->WriteByteArray(id, RpcWire.SessionIdSize),
                _ => StatusCode.UnknownTransaction,
            };
        }

        if (oneWay)
        {
            AParcel.Delete(reply);
            return true;
        }

        return SendReply(connection, status, reply, 0);
    }

    private bool Run(RpcConnection* connection, ulong address, uint code, AParcel* data)
    {
        _lock.Lock();
        AIBinder* binder = AcquireTarget(address);
        _lock.Unlock();
        AParcel* reply = binder == null ? null : CreateParcel(0);
        if (reply == null)
        {
            AParcel.Delete(data);
            if (binder != null)
            {
                AIBinder.Release(binder);
            }

            return false;
        }

        StatusCode status = Dispatch(connection, binder, code, data, reply, allowsNested: true);
        AParcel.Delete(data);
        AIBinder.Release(binder);
        FlushReleased();
        return SendReply(connection, status, reply, address);
    }

    private StatusCode Dispatch(RpcConnection* connection, AIBinder* binder, uint code, AParcel* data, AParcel* reply, bool allowsNested)
    {
        bool before = connection->AllowsNested;
        connection->AllowsNested = allowsNested;
        connection->Depth++;
        StatusCode status = AIBinder.Dispatch(binder, code, data, reply);
        connection->Depth--;
        connection->AllowsNested = before;
        return status;
    }

    // With the reply the object that was called is given back, unless it was the session itself.
    private bool SendReply(RpcConnection* connection, StatusCode status, AParcel* reply, ulong called)
    {
        if (status != StatusCode.Ok)
        {
            reply->Clear();
        }

        int headerLength = RpcWire.ReplySize(_version);
        byte* body = reply->Data - headerLength;
        new Span<byte>(body, headerLength).Clear();
        *(int*)body = (int)status;
        if (_version != 0)
        {
            *(int*)(body + RpcFields.ReplyParcelSize) = reply->Size;
        }

        WriteHeader(body, RpcWire.Reply, headerLength + reply->Size);
        byte* start = body - RpcWire.HeaderSize;
        if (called != 0)
        {
            start -= RpcWire.HeaderSize + RpcWire.DecStrongSize;
            WriteDecStrong(start, called, 1);
        }

        bool sent = connection->Send(start, (int)(body - start) + headerLength + reply->Size);
        if (sent)
        {
            reply->MarkSent();
        }

        AParcel.Delete(reply);
        return sent;
    }

    // The object of this process that an address names, held; null when it names none, and then the peer is wrong. Under the lock.
    private readonly AIBinder* AcquireTarget(ulong address)
    {
        RpcNode* node = _ended ? null : Find(address);
        if (node == null || !node->IsLocal)
        {
            return null;
        }

        AIBinder.Acquire(node->Binder);
        return node->Binder;
    }

    private AParcel* CreateParcel(int capacity)
    {
        fixed (RpcSession* self = &this)
        {
            return AParcel.Create(self, Math.Max(capacity, AParcel.SmallestCapacity));
        }
    }
}
