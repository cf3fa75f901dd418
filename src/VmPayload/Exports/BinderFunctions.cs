using System.Runtime;
using Virtualization.Binder;
using VmPayload.Binder;

namespace VmPayload.Exports;

/// <summary>include/android/binder_ibinder.h.</summary>
internal static unsafe class BinderFunctions
{
    [RuntimeExport("AIBinder_Class_define")]
    internal static AIBinderClass* DefineClass(
        byte* descriptor, delegate*<void*, void*> onCreate, delegate*<void*, void> onDestroy, delegate*<AIBinder*, uint, AParcel*, AParcel*, int> onTransact)
    {
        if (descriptor == null || onCreate == null || onDestroy == null || onTransact == null)
        {
            return null;
        }

        AIBinderClass* defined = AIBinderClass.Define(new ReadOnlySpan<byte>(descriptor, AStatus.Length(descriptor)));
        if (defined != null)
        {
            defined->OnCreate = onCreate;
            defined->OnDestroy = onDestroy;
            defined->OnTransact = onTransact;
        }

        return defined;
    }

    [RuntimeExport("AIBinder_Class_getDescriptor")]
    internal static byte* GetDescriptor(AIBinderClass* of) => of->DescriptorText;

    [RuntimeExport("AIBinder_new")]
    internal static AIBinder* Create(AIBinderClass* of, void* arguments) =>
        of == null ? null : AIBinder.Create(of, of->OnCreate(arguments));

    [RuntimeExport("AIBinder_isRemote")]
    internal static bool IsRemote(AIBinder* binder) => binder != null && binder->IsRemote;

    [RuntimeExport("AIBinder_isAlive")]
    internal static bool IsAlive(AIBinder* binder) => binder != null && (!binder->IsRemote || binder->Session->IsAlive);

    [RuntimeExport("AIBinder_ping")]
    internal static int Ping(AIBinder* binder)
    {
        if (binder == null)
        {
            return (int)StatusCode.UnexpectedNull;
        }

        if (!binder->IsRemote)
        {
            return (int)StatusCode.Ok;
        }

        AParcel* reply = null;
        StatusCode status = Call(binder, MetaTransaction.Ping, AParcel.Create(binder->Session), TransactionFlags.None, &reply);
        AParcel.Delete(reply);
        return (int)status;
    }

    [RuntimeExport("AIBinder_incStrong")]
    internal static void IncStrong(AIBinder* binder)
    {
        if (binder != null)
        {
            AIBinder.Acquire(binder);
        }
    }

    [RuntimeExport("AIBinder_decStrong")]
    internal static void DecStrong(AIBinder* binder)
    {
        if (binder != null)
        {
            AIBinder.Release(binder);
        }
    }

    [RuntimeExport("AIBinder_getClass")]
    internal static AIBinderClass* GetClass(AIBinder* binder) => binder == null ? null : binder->Class;

    [RuntimeExport("AIBinder_getUserData")]
    internal static void* GetUserData(AIBinder* binder) => binder == null || binder->IsRemote ? null : binder->UserData;

    [RuntimeExport("AIBinder_associateClass")]
    internal static bool AssociateClass(AIBinder* binder, AIBinderClass* of)
    {
        if (binder == null || of == null)
        {
            return false;
        }

        if (binder->Class != null)
        {
            return binder->Class == of || binder->Class->Descriptor.SequenceEqual(of->Descriptor);
        }

        AParcel* reply = null;
        bool same = Call(binder, MetaTransaction.Interface, AParcel.Create(binder->Session), TransactionFlags.None, &reply) == StatusCode.Ok &&
            reply->ReadInterfaceToken(of->Descriptor);
        AParcel.Delete(reply);
        if (same)
        {
            binder->Class = of;
        }

        return same;
    }

    [RuntimeExport("AIBinder_prepareTransaction")]
    internal static int PrepareTransaction(AIBinder* binder, AParcel** data)
    {
        if (binder == null || data == null)
        {
            return (int)StatusCode.UnexpectedNull;
        }

        *data = null;
        if (binder->Class == null)
        {
            return (int)StatusCode.InvalidOperation;
        }

        AParcel* prepared = AParcel.Create(binder->Session);
        if (prepared == null)
        {
            return (int)StatusCode.NoMemory;
        }

        StatusCode status = prepared->WriteString(binder->Class->Descriptor);
        if (status != StatusCode.Ok)
        {
            AParcel.Delete(prepared);
            return (int)status;
        }

        *data = prepared;
        return (int)StatusCode.Ok;
    }

    [RuntimeExport("AIBinder_transact")]
    internal static int Transact(AIBinder* binder, uint code, AParcel** data, AParcel** reply, uint flags)
    {
        AParcel* request = data == null ? null : *data;
        if (binder == null || request == null || reply == null || request->Session != binder->Session)
        {
            AParcel.Delete(request);
            if (data != null)
            {
                *data = null;
            }

            return (int)(binder != null && request != null && reply != null ? StatusCode.BadValue : StatusCode.UnexpectedNull);
        }

        *data = null;
        *reply = null;
        if (code is < RpcFields.FirstCall or > RpcFields.LastCall)
        {
            AParcel.Delete(request);
            return (int)StatusCode.UnknownTransaction;
        }

        if ((flags & ~(uint)TransactionFlags.OneWay) != 0)
        {
            AParcel.Delete(request);
            return (int)StatusCode.BadValue;
        }

        return (int)Call(binder, code, request, (TransactionFlags)flags, reply);
    }

    // Deletes the request. A reply there is also where the call is oneway: an empty one, as Android has it.
    private static StatusCode Call(AIBinder* binder, uint code, AParcel* request, TransactionFlags flags, AParcel** reply)
    {
        if (request == null)
        {
            return StatusCode.NoMemory;
        }

        StatusCode status;
        if (binder->IsRemote)
        {
            status = binder->Session->Transact(binder->Node, code, request, flags, out AParcel* received);
            *reply = received;
        }
        else
        {
            request->Rewind();
            AParcel* written = AParcel.Create(null);
            status = written == null ? StatusCode.NoMemory : AIBinder.Dispatch(binder, code, request, written);
            if (written != null)
            {
                written->Rewind();
            }

            *reply = written;
        }

        AParcel.Delete(request);
        if (status != StatusCode.Ok)
        {
            AParcel.Delete(*reply);
            *reply = null;
        }
        else if (*reply == null)
        {
            *reply = AParcel.Create(binder->Session);
        }

        return status;
    }
}
