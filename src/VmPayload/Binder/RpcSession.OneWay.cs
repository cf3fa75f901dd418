using VmPayload.Platform;

namespace VmPayload.Binder;

/// <content>Oneway calls that come: those of one object run in the order of their numbers.</content>
internal unsafe partial struct RpcSession
{
    private bool RunOneWay(RpcConnection* connection, ulong address, ulong number, uint code, AParcel* data)
    {
        _lock.Lock();
        AIBinder* binder = AcquireTarget(address);
        RpcNode* node = Find(address);
        if (binder == null || number != node->NextToRun)
        {
            bool waits = binder != null && Wait(node, number, code, data);
            _lock.Unlock();
            if (binder != null)
            {
                AIBinder.Release(binder);
            }

            if (!waits)
            {
                AParcel.Delete(data);
            }

            return waits;
        }

        _lock.Unlock();
        uint runs = 0;
        while (data != null)
        {
            runs++;
            AParcel* reply = CreateParcel(0);
            if (reply != null)
            {
                _ = Dispatch(connection, binder, code, data, reply, allowsNested: false);
                AParcel.Delete(reply);
            }

            AParcel.Delete(data);
            data = NextWaiting(address, out code);
        }

        AIBinder.Release(binder);
        bool owes = Owe(address, runs);
        FlushReleased();
        return owes;
    }

    // Keeps a oneway call until its turn comes. False when it comes too late or too many wait. Under the lock.
    private bool Wait(RpcNode* node, ulong number, uint code, AParcel* data)
    {
        if (number < node->NextToRun || _waitingCalls >= Limits.WaitingCalls || _waitingBytes + data->Size > Limits.WaitingBytes)
        {
            return false;
        }

        RpcWaitingCall** place = &node->Waiting;
        while (*place != null && (*place)->Number < number)
        {
            place = &(*place)->Next;
        }

        RpcWaitingCall* call = *place != null && (*place)->Number == number ? null : (RpcWaitingCall*)Libc.Allocate(sizeof(RpcWaitingCall));
        if (call == null)
        {
            return false;
        }

        call->Number = number;
        call->Code = code;
        call->Data = data;
        call->Next = *place;
        *place = call;
        _waitingCalls++;
        _waitingBytes += data->Size;
        return true;
    }

    // The oneway call whose turn it is after one has run, or null when it has not come.
    private AParcel* NextWaiting(ulong address, out uint code)
    {
        code = 0;
        AParcel* data = null;
        _lock.Lock();
        RpcNode* node = _ended ? null : Find(address);
        if (node != null)
        {
            node->NextToRun++;
            RpcWaitingCall* call = node->Waiting;
            if (call != null && call->Number == node->NextToRun)
            {
                node->Waiting = call->Next;
                code = call->Code;
                data = call->Data;
                _waitingCalls--;
                _waitingBytes -= data->Size;
                Libc.Free(call);
            }
        }

        _lock.Unlock();
        return data;
    }
}
