using System.Runtime.InteropServices;
using System.Text;
using Virtualization.Binder;
using VmPayload.Binder;
using VmPayload.Exports;

namespace VmPayload.Tests.Binder;

/// <summary>An object of the library, written against the functions that C code has.</summary>
internal sealed unsafe class TestService : IDisposable
{
    internal const string Descriptor = "vmm.tests.ITest";
    internal const uint Echo = 1;
    internal const uint Add = 2;
    internal const uint Fail = 3;
    internal const uint CallBack = 4;
    internal const uint Note = 5;
    internal const uint Keep = 6;
    internal const uint Drop = 7;
    internal const uint CallKept = 8;
    internal const uint Nest = 9;
    internal const uint GiveBack = 10;

    private static readonly AIBinderClass* s_class = Define(Descriptor);
    private readonly GCHandle _self;
    private readonly Lock _lock = new();
    private readonly List<int> _notes = [];
    private AIBinder* _kept;

    internal TestService()
    {
        _self = GCHandle.Alloc(this);
        Binder = BinderFunctions.Create(s_class, (void*)GCHandle.ToIntPtr(_self));
    }

    internal AIBinder* Binder { get; }

    internal static AIBinderClass* Class => s_class;

    /// <summary>What is allocated, with the class, which stays.</summary>
    internal static long Live => s_class == null ? throw new InvalidOperationException() : Platform.Libc.Live;

    internal int Destroyed { get; private set; }

    /// <summary>What the peer gave last for keeping.</summary>
    internal AIBinder* Kept => _kept;

    /// <summary>Done within each <see cref="Note"/>.</summary>
    internal Action? Noted { get; set; }

    internal int[] Notes
    {
        get
        {
            lock (_lock)
            {
                return [.. _notes];
            }
        }
    }

    public void Dispose()
    {
        AIBinder* kept = _kept;
        _kept = null;
        BinderFunctions.DecStrong(kept);
        BinderFunctions.DecStrong(Binder);
    }

    internal static AIBinderClass* Define(string descriptor)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(descriptor + "\0"))
        {
            return BinderFunctions.DefineClass(text, &OnCreate, &OnDestroy, &OnTransact);
        }
    }

    private static void* OnCreate(void* arguments) => arguments;

    private static void OnDestroy(void* userData)
    {
        GCHandle handle = GCHandle.FromIntPtr((nint)userData);
        ((TestService)handle.Target!).Destroyed++;
        handle.Free();
    }

    private static int OnTransact(AIBinder* binder, uint code, AParcel* data, AParcel* reply) =>
        ((TestService)GCHandle.FromIntPtr((nint)BinderFunctions.GetUserData(binder)).Target!).Transact(code, data, reply);

    private int Transact(uint code, AParcel* data, AParcel* reply)
    {
        switch (code)
        {
            case Echo:
                byte[] bytes = ReadBytes(data);
                Ok(reply);
                fixed (byte* start = bytes)
                {
                    byte nothing;
                    return ParcelFunctions.WriteByteArray(reply, bytes.Length == 0 ? &nothing : start, bytes.Length);
                }

            case Add:
                int left, right = 0;
                int status = ParcelFunctions.ReadInt32(data, &left);
                status = status == 0 ? ParcelFunctions.ReadInt32(data, &right) : status;
                if (status != 0)
                {
                    return status;
                }

                Ok(reply);
                return ParcelFunctions.WriteInt32(reply, left + right);

            case Fail:
                fixed (byte* message = "no such thing\0"u8)
                {
                    AStatus* failure = StatusFunctions.FromServiceSpecificErrorWithMessage(42, message);
                    status = ParcelFunctions.WriteStatusHeader(reply, failure);
                    StatusFunctions.Delete(failure);
                    return status;
                }

            case CallBack:
                AIBinder* target;
                status = ParcelFunctions.ReadStrongBinder(data, &target);
                if (status != 0)
                {
                    return status;
                }

                status = CallEcho(target, "called back"u8, out byte[] echoed);
                BinderFunctions.DecStrong(target);
                Ok(reply);
                return status != 0 ? status : ParcelFunctions.WriteInt32(reply, echoed.Length);

            case Note:
                int number;
                status = ParcelFunctions.ReadInt32(data, &number);
                lock (_lock)
                {
                    _notes.Add(number);
                }

                Noted?.Invoke();
                return status;

            case Keep:
                AIBinder* kept;
                status = ParcelFunctions.ReadStrongBinder(data, &kept);
                AIBinder* before = _kept;
                _kept = kept;
                BinderFunctions.DecStrong(before);
                Ok(reply);
                return status;

            case Drop:
                AIBinder* dropped = _kept;
                _kept = null;
                BinderFunctions.DecStrong(dropped);
                Ok(reply);
                return 0;

            case CallKept:
                status = CallEcho(_kept, "kept"u8, out _);
                Ok(reply);
                return ParcelFunctions.WriteInt32(reply, status);

            case Nest:
                // The object given is one like this: it is called with itself and one level less.
                AIBinder* next;
                int levels = 0;
                status = ParcelFunctions.ReadStrongBinder(data, &next);
                status = status == 0 ? ParcelFunctions.ReadInt32(data, &levels) : status;
                if (status != 0)
                {
                    return status;
                }

                int reached = 0;
                if (levels > 0)
                {
                    status = CallNest(next, levels - 1, &reached);
                }

                BinderFunctions.DecStrong(next);
                Ok(reply);
                return status != 0 ? status : ParcelFunctions.WriteInt32(reply, reached + 1);

            case GiveBack:
                Ok(reply);
                return ParcelFunctions.WriteStrongBinder(reply, _kept);

            default:
                return (int)StatusCode.UnknownTransaction;
        }
    }

    internal static int CallEcho(AIBinder* target, ReadOnlySpan<byte> bytes, out byte[] echoed)
    {
        echoed = [];
        if (!BinderFunctions.AssociateClass(target, s_class))
        {
            return (int)StatusCode.BadType;
        }

        AParcel* request;
        AParcel* reply = null;
        int status = BinderFunctions.PrepareTransaction(target, &request);
        fixed (byte* start = bytes)
        {
            status = status == 0 ? ParcelFunctions.WriteByteArray(request, start, bytes.Length) : status;
        }

        status = status == 0 ? BinderFunctions.Transact(target, Echo, &request, &reply, 0) : status;
        if (status == 0)
        {
            echoed = IsOk(reply) ? ReadBytes(reply) : [];
            ParcelFunctions.Delete(reply);
        }

        return status;
    }

    internal static bool IsOk(AParcel* reply)
    {
        AStatus* status;
        if (ParcelFunctions.ReadStatusHeader(reply, &status) != 0)
        {
            return false;
        }

        bool ok = StatusFunctions.IsOk(status);
        StatusFunctions.Delete(status);
        return ok;
    }

    internal static byte[] ReadBytes(AParcel* parcel)
    {
        byte[] bytes = [];
        GCHandle box = GCHandle.Alloc(new ByteBox());
        try
        {
            if (ParcelFunctions.ReadByteArray(parcel, (void*)GCHandle.ToIntPtr(box), &AllocateBytes) == 0)
            {
                bytes = ((ByteBox)box.Target!).Bytes ?? [];
            }
        }
        finally
        {
            box.Free();
        }

        return bytes;
    }

    private static int CallNest(AIBinder* target, int levels, int* reached)
    {
        if (!BinderFunctions.AssociateClass(target, s_class))
        {
            return (int)StatusCode.BadType;
        }

        AParcel* request;
        AParcel* reply = null;
        int status = BinderFunctions.PrepareTransaction(target, &request);
        status = status == 0 ? ParcelFunctions.WriteInt32(request, levels) : status;
        status = status == 0 ? BinderFunctions.Transact(target, Nest, &request, &reply, 0) : status;
        if (status == 0)
        {
            status = IsOk(reply) ? ParcelFunctions.ReadInt32(reply, reached) : (int)StatusCode.FailedTransaction;
            ParcelFunctions.Delete(reply);
        }

        return status;
    }

    // An AStatus that is well; made without one, since without memory that ends the process.
    private static void Ok(AParcel* reply) => _ = ParcelFunctions.WriteInt32(reply, 0);

    private static int AllocateBytes(void* box, int length, byte** buffer)
    {
        if (length < 0)
        {
            return 0;
        }

        // Pinned for as long as the array lives.
        byte[] bytes = GC.AllocateArray<byte>(length, pinned: true);
        ((ByteBox)GCHandle.FromIntPtr((nint)box).Target!).Bytes = bytes;
        fixed (byte* start = bytes)
        {
            *buffer = start;
        }

        return 1;
    }

    private sealed class ByteBox
    {
        internal byte[]? Bytes { get; set; }
    }
}
