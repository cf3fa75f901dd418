using Virtualization.Binder;
using VmPayload.Platform;

namespace VmPayload.Binder;

/// <content>Numbers, strings, byte arrays and binders.</content>
internal unsafe partial struct AParcel
{
    internal StatusCode WriteInt32(int value)
    {
        byte* place = Reserve(sizeof(int), out StatusCode status);
        if (place != null)
        {
            *(int*)place = value;
        }

        return status;
    }

    internal StatusCode WriteInt64(long value)
    {
        byte* place = Reserve(sizeof(long), out StatusCode status);
        if (place != null)
        {
            *(long*)place = value;
        }

        return status;
    }

    /// <summary>A string as parcels have it: units, UTF-16, a zero unit. Null is -1 units.</summary>
    internal StatusCode WriteString(byte* text, int length)
    {
        if (text == null)
        {
            return length == -1 ? WriteInt32(-1) : StatusCode.BadValue;
        }

        int units = length < 0 || length > MaxSize ? -1 : Utf.CountUtf16(text, length);
        if (units < 0)
        {
            return StatusCode.BadValue;
        }

        byte* place = Reserve(sizeof(int) + ((units + 1) * sizeof(char)), out StatusCode status);
        if (place != null)
        {
            *(int*)place = units;
            char* characters = (char*)(place + sizeof(int));
            Utf.ToUtf16(text, length, characters);
            characters[units] = '\0';
        }

        return status;
    }

    internal StatusCode WriteString(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            // An empty text has no address, and null is another string.
            byte nothing;
            return WriteString(text.IsEmpty ? &nothing : start, text.Length);
        }
    }

    /// <summary>The length and the bytes. Null is a length of -1.</summary>
    internal StatusCode WriteByteArray(void* bytes, int length)
    {
        if (bytes == null && length != 0)
        {
            return length == -1 ? WriteInt32(-1) : StatusCode.BadValue;
        }

        if (length is < 0 or > MaxSize)
        {
            return StatusCode.BadValue;
        }

        byte* place = Reserve(sizeof(int) + length, out StatusCode status);
        if (place != null)
        {
            *(int*)place = length;
            new ReadOnlySpan<byte>(bytes, length).CopyTo(new Span<byte>(place + sizeof(int), length));
        }

        return status;
    }

    internal StatusCode WriteStrongBinder(AIBinder* binder)
    {
        if (binder == null)
        {
            StatusCode empty = WriteInt32(RpcWire.NullBinderType);
            return empty == StatusCode.Ok ? WriteInt32(0) : empty;
        }

        if (_session == null)
        {
            return StatusCode.InvalidOperation;
        }

        if (!MakeRoomForObject())
        {
            return StatusCode.NoMemory;
        }

        int offset = _size;
        byte* place = Reserve(RpcWire.BinderSize, out StatusCode status);
        if (place == null)
        {
            return status;
        }

        status = _session->Send(binder, out ulong address);
        if (status != StatusCode.Ok)
        {
            _size = offset;
            _position = offset;
            return status;
        }

        *(int*)place = RpcWire.BinderType;
        *(ulong*)(place + sizeof(int)) = address;
        *(int*)(place + sizeof(int) + sizeof(ulong)) = Stability.System;
        _objects[_objectCount++] = offset;
        return StatusCode.Ok;
    }

    internal StatusCode ReadInt32(int* value)
    {
        byte* place = Take(sizeof(int));
        if (place == null)
        {
            return StatusCode.NotEnoughData;
        }

        *value = *(int*)place;
        return StatusCode.Ok;
    }

    internal StatusCode ReadInt64(long* value)
    {
        byte* place = Take(sizeof(long));
        if (place == null)
        {
            return StatusCode.NotEnoughData;
        }

        *value = *(long*)place;
        return StatusCode.Ok;
    }

    /// <summary>A string where it lies: -1 units for null.</summary>
    internal StatusCode ReadString(out char* text, out int units)
    {
        text = null;
        int count;
        StatusCode status = ReadInt32(&count);
        units = count;
        if (status != StatusCode.Ok || count == -1)
        {
            return status;
        }

        if (count is < 0 or > RpcFields.MaxBody)
        {
            return count < 0 ? StatusCode.BadValue : StatusCode.NotEnoughData;
        }

        text = (char*)Take((count + 1) * sizeof(char));
        return text == null ? StatusCode.NotEnoughData : text[count] != '\0' ? StatusCode.BadValue : StatusCode.Ok;
    }

    /// <summary>Bytes where they lie: a length of -1 for null.</summary>
    internal StatusCode ReadByteArray(out byte* bytes, out int length)
    {
        bytes = null;
        int count;
        StatusCode status = ReadInt32(&count);
        length = count;
        if (status != StatusCode.Ok || count == -1)
        {
            return status;
        }

        if (count < 0)
        {
            return StatusCode.BadValue;
        }

        bytes = Take(count);
        return bytes == null ? StatusCode.NotEnoughData : StatusCode.Ok;
    }

    /// <summary>The binder, which the caller holds then, or null.</summary>
    internal StatusCode ReadStrongBinder(out AIBinder* binder)
    {
        binder = null;
        int type;
        StatusCode status = ReadInt32(&type);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        if (type is not (RpcWire.NullBinderType or RpcWire.BinderType))
        {
            return StatusCode.BadType;
        }

        long address = 0;
        int stability;
        status = type == RpcWire.BinderType ? ReadInt64(&address) : StatusCode.Ok;
        if (status == StatusCode.Ok)
        {
            status = ReadInt32(&stability);
        }

        if (status != StatusCode.Ok || type == RpcWire.NullBinderType)
        {
            return status;
        }

        return _session == null ? StatusCode.InvalidOperation : _session->Receive((ulong)address, out binder);
    }

    /// <summary>Passes a header that begins with its own length.</summary>
    internal StatusCode SkipSized()
    {
        int start = _position;
        int length;
        StatusCode status = ReadInt32(&length);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        if (length < 0 || length > _size - start)
        {
            return StatusCode.UnknownError;
        }

        _position = length == 0 ? _position : start + length;
        return StatusCode.Ok;
    }

    /// <summary>Passes the token of an interface: whether it is that of <paramref name="descriptor"/>.</summary>
    internal bool ReadInterfaceToken(ReadOnlySpan<byte> descriptor)
    {
        if (ReadString(out char* text, out int units) != StatusCode.Ok || units < 0 || Utf.CountUtf8(text, units) != descriptor.Length)
        {
            return false;
        }

        byte* converted = (byte*)Libc.AllocateRaw((nuint)descriptor.Length + 1);
        if (converted == null)
        {
            return false;
        }

        Utf.ToUtf8(text, units, converted);
        bool same = new ReadOnlySpan<byte>(converted, descriptor.Length).SequenceEqual(descriptor);
        Libc.Free(converted);
        return same;
    }

    private bool MakeRoomForObject()
    {
        // A power of two of places at a time; the count is bounded by the parcel's size.
        if (_objectCount > 0 && (_objectCount & (_objectCount - 1)) != 0)
        {
            return true;
        }

        int places = Math.Max(1, _objectCount * 2);
        int* objects = (int*)Libc.AllocateRaw((nuint)places * sizeof(int));
        if (objects == null)
        {
            return false;
        }

        for (int i = 0; i < _objectCount; i++)
        {
            objects[i] = _objects[i];
        }

        Libc.Free(_objects);
        _objects = objects;
        return true;
    }
}
