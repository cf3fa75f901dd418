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
}
