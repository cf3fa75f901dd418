using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <content>References that are given back, by either side.</content>
internal unsafe partial struct RpcSession
{
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
}
