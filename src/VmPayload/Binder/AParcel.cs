using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>
/// What a transaction carries. The memory begins with room for the message's header, so that both go out at once. Numbers lie at multiples of four bytes.
/// </summary>
internal unsafe partial struct AParcel
{
    /// <summary>Where the data begins: behind the longest headers, RpcWireHeader and RpcDecStrong, RpcWireHeader and RpcWireReply.</summary>
    internal const int Headroom = 80;

    /// <summary>The longest parcel that fits a message.</summary>
    internal const int MaxSize = RpcFields.MaxBody - RpcWire.TransactionSize;

    internal const int SmallestCapacity = 192;

    private byte* _memory;
    private int _capacity;
    private int _size;
    private int _position;
    private RpcSession* _session;

    // Where the binders lie that were written: they were counted as sent, and are not when the parcel is thrown away.
    private int* _objects;
    private int _objectCount;
    private bool _sensitive;

    /// <summary>Whose binders it may hold; null: none.</summary>
    internal readonly RpcSession* Session => _session;

    /// <summary>Bytes.</summary>
    internal readonly int Size => _size;

    /// <summary>The next byte to read or write.</summary>
    internal readonly int Position => _position;

    internal readonly byte* Data => _memory + Headroom;

    /// <summary>An empty parcel.</summary>
    /// <returns>Null when there is no memory.</returns>
    internal static AParcel* Create(RpcSession* session, int capacity = SmallestCapacity)
    {
        AParcel* parcel = (AParcel*)Libc.Allocate(sizeof(AParcel));
        if (parcel == null)
        {
            return null;
        }

        parcel->_memory = (byte*)Libc.AllocateRaw((nuint)(Headroom + capacity));
        if (parcel->_memory == null)
        {
            Libc.Free(parcel);
            return null;
        }

        parcel->_capacity = capacity;
        if (session != null)
        {
            session->Acquire();
            parcel->_session = session;
        }

        return parcel;
    }

    /// <summary>Frees it, and what was written into it and never sent.</summary>
    internal static void Delete(AParcel* parcel)
    {
        if (parcel == null)
        {
            return;
        }

        for (int i = 0; i < parcel->_objectCount; i++)
        {
            parcel->_session->TakeBack(*(ulong*)(parcel->Data + parcel->_objects[i] + sizeof(int)));
        }

        parcel->FreeMemory(parcel->_memory, Headroom + parcel->_capacity);
        Libc.Free(parcel->_objects);
        if (parcel->_session != null)
        {
            parcel->_session->Release();
        }

        Libc.Free(parcel);
    }

    /// <summary>Its memory is wiped before it is freed.</summary>
    internal void MarkSensitive() => _sensitive = true;

    /// <summary>The peer has it now: its binders count as sent.</summary>
    internal void MarkSent() => _objectCount = 0;

    /// <summary>It holds so many bytes that came from the peer and are about to be read.</summary>
    internal void SetReceived(int size)
    {
        _size = size;
        _position = 0;
    }

    /// <summary>To be read again from the start.</summary>
    internal void Rewind() => _position = 0;

    /// <summary>Empty again; binders in it count as not sent.</summary>
    internal void Clear()
    {
        for (int i = 0; i < _objectCount; i++)
        {
            _session->TakeBack(*(ulong*)(Data + _objects[i] + sizeof(int)));
        }

        _objectCount = 0;
        _size = 0;
        _position = 0;
    }

    // Bytes of the parcel for a value, rounded up to four; null when that is beyond the end or does not exist.
    private byte* Take(int length)
    {
        int padded = Padded(length);
        if (length < 0 || padded < length || padded > _size - _position)
        {
            // The last value of a parcel from elsewhere may lack its padding.
            if (length < 0 || length > _size - _position)
            {
                return null;
            }

            padded = length;
        }

        byte* place = Data + _position;
        _position += padded;
        return place;
    }

    // Room for a value at the end; what rounds it up is zero.
    private byte* Reserve(int length, out StatusCode status)
    {
        status = StatusCode.Ok;
        if (length < 0 || length > MaxSize - _size || Padded(length) > MaxSize - _size)
        {
            status = StatusCode.FailedTransaction;
            return null;
        }

        int padded = Padded(length);
        if (_size + padded > _capacity && !Grow(_size + padded))
        {
            status = StatusCode.NoMemory;
            return null;
        }

        byte* place = Data + _size;
        for (int i = length; i < padded; i++)
        {
            place[i] = 0;
        }

        _size += padded;
        _position = _size;
        return place;
    }

    private bool Grow(int needed)
    {
        int capacity = Math.Max(needed, _capacity * 2);
        byte* memory = (byte*)Libc.AllocateRaw((nuint)(Headroom + capacity));
        if (memory == null)
        {
            return false;
        }

        new ReadOnlySpan<byte>(Data, _size).CopyTo(new Span<byte>(memory + Headroom, _size));
        FreeMemory(_memory, Headroom + _capacity);
        _memory = memory;
        _capacity = capacity;
        return true;
    }

    private readonly void FreeMemory(byte* memory, int length)
    {
        if (_sensitive)
        {
            Libc.Wipe(memory, (nuint)length);
        }

        Libc.Free(memory);
    }

    private static int Padded(int length) => (length + 3) & ~3;
}
