using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <content>
/// The objects that both sides have sent each other, and who still refers to them. Each sending of an object is one reference that the receiver gives
/// back with RpcDecStrong; a stand-in gives back all at once when nobody here has it any more.
/// </content>
internal unsafe partial struct RpcSession
{
    private const int Buckets = 512;

    /// <summary>An object goes to the peer, in a parcel.</summary>
    internal StatusCode Send(AIBinder* binder, out ulong address)
    {
        address = 0;
        StatusCode status;
        _lock.Lock();
        if (_ended)
        {
            status = StatusCode.DeadObject;
        }
        else if (binder->IsRemote)
        {
            status = SendProxy(binder, out address);
        }
        else
        {
            status = SendLocal(binder, out address);
        }

        _lock.Unlock();
        return status;
    }

    /// <summary>An object comes from the peer; the caller holds it then.</summary>
    internal StatusCode Receive(ulong address, out AIBinder* binder)
    {
        binder = null;
        _lock.Lock();
        StatusCode status = _ended ? StatusCode.DeadObject : ReceiveKnown(address, out binder);
        bool isHome = binder != null && !binder->IsRemote;
        if (status == StatusCode.Ok && binder == null)
        {
            status = ReceiveNew(address, out binder);
        }

        _lock.Unlock();
        if (isHome)
        {
            // The peer's reference to our object came home with it; ours is the one that counts.
            FlushReleased();
        }

        return status;
    }

    /// <summary>An object was written into a parcel that is not sent after all.</summary>
    internal void TakeBack(ulong address) => _ = DecStrong(address, 1);

    internal void AcquireProxy(AIBinder* binder)
    {
        _lock.Lock();
        binder->RemoteReferences++;
        _lock.Unlock();
    }

    internal void ReleaseProxy(AIBinder* binder)
    {
        _lock.Lock();
        if (--binder->RemoteReferences != 0)
        {
            _lock.Unlock();
            return;
        }

        RpcNode* node = binder->Node;
        RemoveNode(node);
        bool owes = !_ended && node->TimesReceived > 0;
        if (owes)
        {
            node->NextOfAddress = _released;
            _released = node;
        }

        _lock.Unlock();
        if (owes)
        {
            FlushReleased();
        }
        else
        {
            Libc.Free(node);
        }

        Libc.Free(binder);
        Release();
    }

    // The peer gives references back, or a parcel does that was never sent. False when there are not so many: then the peer counts wrongly.
    private bool DecStrong(ulong address, uint amount)
    {
        _lock.Lock();
        RpcNode* node = _ended ? null : Find(address);
        if (node == null)
        {
            // Android's peers may give back what is gone already.
            _lock.Unlock();
            return true;
        }

        if (amount > node->TimesSent)
        {
            _lock.Unlock();
            return false;
        }

        node->TimesSent -= amount;
        if (node->TimesSent > 0 || amount == 0)
        {
            _lock.Unlock();
            return true;
        }

        AIBinder* binder = node->Binder;
        bool isLast = false;
        RpcNode* gone = null;
        if (node->IsLocal)
        {
            RemoveNode(node);
            node->NextOfAddress = null;
            gone = node;
            isLast = _nodeCount == 0;
        }

        _lock.Unlock();
        if (gone != null)
        {
            FreeLocalNodes(gone);
        }
        else
        {
            AIBinder.Release(binder);
        }

        // As in Android a server's session ends with its last object: nothing could be called any more.
        return !isLast || !IsServer;
    }

    // Under the lock.
    private StatusCode SendProxy(AIBinder* binder, out ulong address)
    {
        address = 0;
        fixed (RpcSession* self = &this)
        {
            // Another session's object cannot be passed on: the peers do not know each other.
            if (binder->Session != self)
            {
                return StatusCode.InvalidOperation;
            }
        }

        if (binder->Node->TimesSent == uint.MaxValue)
        {
            return StatusCode.NoMemory;
        }

        if (binder->Node->TimesSent++ == 0)
        {
            binder->RemoteReferences++;
        }

        address = binder->Node->Address;
        return StatusCode.Ok;
    }

    // Under the lock.
    private StatusCode SendLocal(AIBinder* binder, out ulong address)
    {
        address = 0;
        RpcNode* node = FindLocal(binder);
        if (node == null)
        {
            if (_nodeCount >= Limits.Nodes || _nextAddress == uint.MaxValue)
            {
                return StatusCode.NoMemory;
            }

            node = (RpcNode*)Libc.Allocate(sizeof(RpcNode));
            if (node == null)
            {
                return StatusCode.NoMemory;
            }

            ulong options = RpcWire.CreatedOption | (IsServer ? RpcWire.ForServerOption : 0);
            node->Address = options | ((ulong)_nextAddress++ << RpcFields.AddressNumberShift);
            node->Binder = binder;
            node->IsLocal = true;
            AddNode(node);
            AIBinder.Acquire(binder);
        }
        else if (node->TimesSent == uint.MaxValue)
        {
            return StatusCode.NoMemory;
        }

        node->TimesSent++;
        address = node->Address;
        return StatusCode.Ok;
    }

    // Under the lock. Without an error and without an object: this address is new.
    private StatusCode ReceiveKnown(ulong address, out AIBinder* binder)
    {
        binder = null;
        RpcNode* node = Find(address);
        if (node == null)
        {
            return StatusCode.Ok;
        }

        if (node->IsLocal)
        {
            if (!AddDebt(address, 1))
            {
                return StatusCode.NoMemory;
            }

            AIBinder.Acquire(node->Binder);
        }
        else
        {
            if (node->TimesReceived == uint.MaxValue)
            {
                return StatusCode.NoMemory;
            }

            node->TimesReceived++;
            node->Binder->RemoteReferences++;
        }

        binder = node->Binder;
        return StatusCode.Ok;
    }

    // Under the lock.
    private StatusCode ReceiveNew(ulong address, out AIBinder* binder)
    {
        binder = null;
        ulong options = (uint)address;
        bool createdByServer = (options & RpcWire.ForServerOption) != 0;
        if ((options & RpcWire.CreatedOption) == 0 || (options & ~(RpcWire.CreatedOption | RpcWire.ForServerOption)) != 0 || createdByServer == IsServer)
        {
            return StatusCode.BadValue;
        }

        if (_nodeCount >= Limits.Nodes)
        {
            return StatusCode.NoMemory;
        }

        AIBinder* proxy = AIBinder.Create(null, null);
        RpcNode* node = proxy == null ? null : TakeReleased(address);
        node = proxy == null || node != null ? node : (RpcNode*)Libc.Allocate(sizeof(RpcNode));
        if (node == null)
        {
            Libc.Free(proxy);
            return StatusCode.NoMemory;
        }

        node->Address = address;
        node->Binder = proxy;
        node->TimesReceived++;
        AddNode(node);
        fixed (RpcSession* self = &this)
        {
            proxy->Session = self;
        }

        proxy->Node = node;
        Acquire();
        binder = proxy;
        return StatusCode.Ok;
    }

    // A node whose references were still to be given back goes on with them, and with its count of oneway calls. Under the lock.
    private RpcNode* TakeReleased(ulong address)
    {
        RpcNode* before = null;
        for (RpcNode* node = _released; node != null; before = node, node = node->NextOfAddress)
        {
            if (node->Address != address || node->IsLocal)
            {
                continue;
            }

            if (before == null)
            {
                _released = node->NextOfAddress;
            }
            else
            {
                before->NextOfAddress = node->NextOfAddress;
            }

            return node;
        }

        return null;
    }

    // Gives back what nobody here has any more, if there is a way to say so; otherwise it is said with the next reply.
    private void FlushReleased()
    {
        while (true)
        {
            _lock.Lock();
            bool owes = !_ended && _released != null;
            _lock.Unlock();
            bool wasOwned = false;
            RpcConnection* connection = owes ? AcquireConnection(RpcConnectionUse.References, out wasOwned, out _) : null;
            if (connection == null)
            {
                return;
            }

            _lock.Lock();
            RpcNode* debts = _released;
            _released = null;
            _lock.Unlock();
            bool sent = true;
            while (debts != null)
            {
                sent = sent && SendDecStrong(connection, debts);
                RpcNode* paid = debts;
                debts = debts->NextOfAddress;
                Libc.Free(paid);
            }

            ReturnConnection(connection, wasOwned);
            if (!sent)
            {
                End();
                return;
            }
        }
    }

    private static bool SendDecStrong(RpcConnection* connection, RpcNode* node)
    {
        byte* message = stackalloc byte[RpcWire.HeaderSize + RpcWire.DecStrongSize];
        WriteDecStrong(message, node->Address, node->TimesReceived);
        return connection->Send(message, RpcWire.HeaderSize + RpcWire.DecStrongSize);
    }

    private static void WriteDecStrong(byte* message, ulong address, uint amount)
    {
        byte* body = message + RpcWire.HeaderSize;
        WriteHeader(body, RpcWire.DecStrong, RpcWire.DecStrongSize);
        new Span<byte>(body, RpcWire.DecStrongSize).Clear();
        *(ulong*)body = address;
        *(uint*)(body + RpcFields.DecStrongAmount) = amount;
    }

    // An object of this process was received so often, and is to be given back. False when there is no memory.
    private bool Owe(ulong address, uint amount)
    {
        _lock.Lock();
        bool owes = _ended || AddDebt(address, amount);
        _lock.Unlock();
        return owes;
    }

    // Under the lock.
    private bool AddDebt(ulong address, uint amount)
    {
        RpcNode* debt = (RpcNode*)Libc.Allocate(sizeof(RpcNode));
        if (debt == null)
        {
            return false;
        }

        debt->Address = address;
        debt->IsLocal = true;
        debt->TimesReceived = amount;
        debt->NextOfAddress = _released;
        _released = debt;
        return true;
    }

    // All objects of this process, as a list. Under the lock, at the end.
    private RpcNode* TakeLocalNodes()
    {
        RpcNode* taken = _released;
        _released = null;
        for (RpcNode* debt = taken; debt != null; debt = debt->NextOfAddress)
        {
            debt->Binder = null;
        }

        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            RpcNode* next;
            for (RpcNode* node = (RpcNode*)_byAddress[bucket]; node != null; node = next)
            {
                next = node->NextOfAddress;
                if (node->IsLocal)
                {
                    RemoveNode(node);
                    node->NextOfAddress = taken;
                    taken = node;
                }
            }
        }

        return taken;
    }

    // All stand-ins that the peer was sent, as a list over NextOfBinder. Under the lock, at the end.
    private RpcNode* DropSentProxies()
    {
        RpcNode* dropped = null;
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            for (RpcNode* node = (RpcNode*)_byAddress[bucket]; node != null; node = node->NextOfAddress)
            {
                if (node->TimesSent > 0)
                {
                    node->TimesSent = 0;
                    node->NextOfBinder = dropped;
                    dropped = node;
                }
            }
        }

        return dropped;
    }

    private static void ReleaseSentProxies(RpcNode* nodes)
    {
        while (nodes != null)
        {
            RpcNode* next = nodes->NextOfBinder;
            AIBinder.Release(nodes->Binder);
            nodes = next;
        }
    }

    // Without the lock: objects may be destroyed, by code that calls whom it likes.
    private static void FreeLocalNodes(RpcNode* nodes)
    {
        while (nodes != null)
        {
            RpcNode* next = nodes->NextOfAddress;
            while (nodes->Waiting != null)
            {
                RpcWaitingCall* call = nodes->Waiting;
                nodes->Waiting = call->Next;
                AParcel.Delete(call->Data);
                Libc.Free(call);
            }

            if (nodes->Binder != null)
            {
                AIBinder.Release(nodes->Binder);
            }

            Libc.Free(nodes);
            nodes = next;
        }
    }

    // These are under the lock.
    private readonly RpcNode* Find(ulong address)
    {
        RpcNode* node = (RpcNode*)_byAddress[AddressBucket(address)];
        while (node != null && node->Address != address)
        {
            node = node->NextOfAddress;
        }

        return node;
    }

    private readonly RpcNode* FindLocal(AIBinder* binder)
    {
        RpcNode* node = (RpcNode*)_byBinder[BinderBucket(binder)];
        while (node != null && node->Binder != binder)
        {
            node = node->NextOfBinder;
        }

        return node;
    }

    private void AddNode(RpcNode* node)
    {
        ref ulong bucket = ref _byAddress[AddressBucket(node->Address)];
        node->NextOfAddress = (RpcNode*)bucket;
        bucket = (ulong)node;
        if (node->IsLocal)
        {
            ref ulong place = ref _byBinder[BinderBucket(node->Binder)];
            node->NextOfBinder = (RpcNode*)place;
            place = (ulong)node;
        }

        _nodeCount++;
    }

    private void RemoveNode(RpcNode* node)
    {
        fixed (ulong* first = &_byAddress[AddressBucket(node->Address)])
        {
            RpcNode** place = (RpcNode**)first;
            while (*place != node)
            {
                place = &(*place)->NextOfAddress;
            }

            *place = node->NextOfAddress;
        }

        if (node->IsLocal)
        {
            fixed (ulong* first = &_byBinder[BinderBucket(node->Binder)])
            {
                RpcNode** place = (RpcNode**)first;
                while (*place != node)
                {
                    place = &(*place)->NextOfBinder;
                }

                *place = node->NextOfBinder;
            }
        }

        _nodeCount--;
    }

    private static int AddressBucket(ulong address) => (int)((address >> RpcFields.AddressNumberShift) % Buckets);

    // malloc's addresses are multiples of 16.
    private static int BinderBucket(AIBinder* binder) => (int)(((ulong)binder >> 4) % Buckets);
}
