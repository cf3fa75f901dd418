using VmPayload.Platform;

namespace VmPayload.Binder;

/// <content>The tables that nodes are found by, and how they are emptied at the end.</content>
internal unsafe partial struct RpcSession
{
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
