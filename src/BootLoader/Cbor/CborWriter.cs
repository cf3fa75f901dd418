using System.Buffers.Binary;

namespace BootLoader.Cbor;

/// <summary>
/// Writes CBOR (RFC 8949) into a caller's buffer, numbers and lengths in their shortest form. What does not fit is counted and not written, so a
/// writer over an empty buffer measures. Allocates nothing and throws nothing, so the firmware shares it.
/// </summary>
public ref struct CborWriter
{
    private readonly Span<byte> _buffer;

    /// <summary>Writes to the beginning of <paramref name="buffer"/>.</summary>
    public CborWriter(Span<byte> buffer)
    {
        _buffer = buffer;
        Length = 0;
    }

    /// <summary>The bytes that all items so far need.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the items did not fit; then what the buffer holds has no meaning.</summary>
    public readonly bool Overflowed => Length > _buffer.Length;

    /// <summary>What was written; empty when it did not fit.</summary>
    public readonly Span<byte> Written => Overflowed ? default : _buffer[..(int)Length];

    /// <summary>Writes an unsigned integer.</summary>
    public void WriteUnsigned(ulong value) => WriteHead(CborMajorType.Unsigned, value);

    /// <summary>Writes an integer.</summary>
    public void WriteInteger(long value)
    {
        if (value < 0)
        {
            WriteHead(CborMajorType.Negative, ~(ulong)value);
        }
        else
        {
            WriteHead(CborMajorType.Unsigned, (ulong)value);
        }
    }

    /// <summary>Writes a byte string.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        WriteHead(CborMajorType.Bytes, (ulong)value.Length);
        WriteEncoded(value);
    }

    /// <summary>Writes a byte string whose content the caller fills in.</summary>
    /// <param name="length">The content's length.</param>
    /// <returns>The place of the content; empty when it does not fit.</returns>
    public Span<byte> WriteBytes(int length)
    {
        WriteHead(CborMajorType.Bytes, (ulong)length);
        return Reserve(length);
    }

    /// <summary>Writes a text string.</summary>
    /// <param name="value">Its UTF-8 bytes.</param>
    public void WriteText(scoped ReadOnlySpan<byte> value)
    {
        WriteHead(CborMajorType.Text, (ulong)value.Length);
        WriteEncoded(value);
    }

    /// <summary>Writes a text string whose UTF-8 bytes the caller fills in.</summary>
    /// <param name="length">Their number.</param>
    /// <returns>Their place; empty when they do not fit.</returns>
    public Span<byte> WriteText(int length)
    {
        WriteHead(CborMajorType.Text, (ulong)length);
        return Reserve(length);
    }

    /// <summary>Writes the head of an array; its items are to follow.</summary>
    public void WriteArray(int count) => WriteHead(CborMajorType.Array, (ulong)count);

    /// <summary>Writes the head of a map; its keys and values are to follow in turn.</summary>
    public void WriteMap(int count) => WriteHead(CborMajorType.Map, (ulong)count);

    /// <summary>Writes null.</summary>
    public void WriteNull() => WriteHead(CborMajorType.Simple, CborFormat.Null);

    /// <summary>Writes false or true.</summary>
    public void WriteBoolean(bool value) => WriteHead(CborMajorType.Simple, value ? (ulong)CborFormat.True : CborFormat.False);

    /// <summary>Writes the head of a byte string of a length; its content is to follow.</summary>
    public void WriteBytesHead(int length) => WriteHead(CborMajorType.Bytes, (ulong)length);

    /// <summary>Writes items that are encoded already.</summary>
    public void WriteEncoded(scoped ReadOnlySpan<byte> items)
    {
        Span<byte> place = Reserve(items.Length);
        if (place.Length == items.Length)
        {
            items.CopyTo(place);
        }
    }

    private void WriteHead(CborMajorType type, ulong argument)
    {
        byte major = (byte)((int)type << 5);
        if (argument < CborFormat.OneByte)
        {
            WriteInitial((byte)(major | (byte)argument), 0);
        }
        else if (argument <= byte.MaxValue)
        {
            Span<byte> place = WriteInitial((byte)(major | CborFormat.OneByte), 1);
            if (place.Length == 1)
            {
                place[0] = (byte)argument;
            }
        }
        else if (argument <= ushort.MaxValue)
        {
            Span<byte> place = WriteInitial((byte)(major | (CborFormat.OneByte + 1)), 2);
            if (place.Length == 2)
            {
                BinaryPrimitives.WriteUInt16BigEndian(place, (ushort)argument);
            }
        }
        else if (argument <= uint.MaxValue)
        {
            Span<byte> place = WriteInitial((byte)(major | (CborFormat.OneByte + 2)), 4);
            if (place.Length == 4)
            {
                BinaryPrimitives.WriteUInt32BigEndian(place, (uint)argument);
            }
        }
        else
        {
            Span<byte> place = WriteInitial((byte)(major | CborFormat.EightBytes), 8);
            if (place.Length == 8)
            {
                BinaryPrimitives.WriteUInt64BigEndian(place, argument);
            }
        }
    }

    private Span<byte> WriteInitial(byte initial, int argumentSize)
    {
        Span<byte> place = Reserve(1 + argumentSize);
        if (place.Length == 0)
        {
            return place;
        }

        place[0] = initial;
        return place[1..];
    }

    private Span<byte> Reserve(int size)
    {
        long start = Length;
        Length += size;
        return Overflowed ? default : _buffer.Slice((int)start, size);
    }
}
