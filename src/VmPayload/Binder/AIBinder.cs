using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>An object that is called: of this process, or a stand-in for one of the peer's.</summary>
internal unsafe struct AIBinder
{
    private int _references;

    /// <summary>What it is an object of; of a stand-in null until it is associated.</summary>
    internal AIBinderClass* Class;

    /// <summary>What the class' onCreate made of it.</summary>
    internal void* UserData;

    /// <summary>Of a stand-in the session, which it keeps; null: an object of this process.</summary>
    internal RpcSession* Session;

    /// <summary>Of a stand-in what the session knows of it.</summary>
    internal RpcNode* Node;

    /// <summary>References of a stand-in are counted under its session's lock, where it could be found again, the others atomically.</summary>
    internal readonly bool IsRemote => Session != null;

    /// <summary>For the session, under its lock.</summary>
    internal int RemoteReferences
    {
        readonly get => _references;
        set => _references = value;
    }

    /// <summary>A new object of this process with one reference.</summary>
    internal static AIBinder* Create(AIBinderClass* of, void* userData)
    {
        AIBinder* binder = (AIBinder*)Libc.Allocate(sizeof(AIBinder));
        if (binder != null)
        {
            binder->_references = 1;
            binder->Class = of;
            binder->UserData = userData;
        }

        return binder;
    }

    internal static void Acquire(AIBinder* binder)
    {
        if (binder->IsRemote)
        {
            binder->Session->AcquireProxy(binder);
        }
        else
        {
            _ = Interlocked.Increment(ref binder->_references);
        }
    }

    /// <summary>Gives a reference back; the last one ends the object.</summary>
    internal static void Release(AIBinder* binder)
    {
        if (binder->IsRemote)
        {
            binder->Session->ReleaseProxy(binder);
            return;
        }

        // Full ordering: what others did with the object happened before it is destroyed.
        if (Interlocked.Decrement(ref binder->_references) == 0)
        {
            if (binder->Class->OnDestroy != null)
            {
                binder->Class->OnDestroy(binder->UserData);
            }

            Libc.Free(binder);
        }
    }

    /// <summary>What the process does when one of its objects is called, by a peer or by itself.</summary>
    internal static StatusCode Dispatch(AIBinder* binder, uint code, AParcel* data, AParcel* reply)
    {
        if (code is >= RpcFields.FirstCall and <= RpcFields.LastCall)
        {
            return data->ReadInterfaceToken(binder->Class->Descriptor)
                ? (StatusCode)binder->Class->OnTransact(binder, code, data, reply)
                : StatusCode.BadType;
        }

        return code switch
        {
            MetaTransaction.Ping => StatusCode.Ok,
            MetaTransaction.Interface => reply->WriteString(binder->Class->Descriptor),
            MetaTransaction.Extension => reply->WriteStrongBinder(null),
            _ => StatusCode.UnknownTransaction,
        };
    }
}
