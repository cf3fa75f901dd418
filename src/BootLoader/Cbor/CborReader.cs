using System.Buffers.Binary;

namespace BootLoader.Cbor;

/// <summary>
/// Reads CBOR (RFC 8949) in place: definite lengths, numbers in their shortest form, no duplicate keys, bounded nesting. The first error stays:
/// every later read fails too, so a caller may read on and look at <see cref="Error"/> once. Allocates nothing and throws nothing, so the firmware
/// shares it.
/// </summary>
public ref struct CborReader
{
    /// <summary>How deep arrays, maps and tags may be nested below the item that is skipped.</summary>
    public const int MaximumDepth = 16;

    /// <summary>How many entries a map may have; it bounds the work of finding duplicate keys.</summary>
    public const int MaximumMapEntries = 64;

    private readonly ReadOnlySpan<byte> _data;

    /// <summary>Reads from the beginning of <paramref name="data"/>.</summary>
    public CborReader(ReadOnlySpan<byte> data)
    {
        _data = data;
        Position = 0;
        Error = CborError.None;
    }

    /// <summary>The first error, if any.</summary>
    public CborError Error { get; private set; }

    /// <summary>Offset of the next item; after an error, of the item that was refused.</summary>
    public int Position { get; private set; }

    /// <summary>Whether everything was read and nothing is wrong.</summary>
    public readonly bool IsAtEnd => Error == CborError.None && Position == _data.Length;

    private readonly ulong Remaining => (ulong)(_data.Length - Position);

    /// <summary>The type of the next item; false at the end of the data and after an error.</summary>
    public readonly bool TryPeekType(out CborMajorType type)
    {
        type = default;
        if (Error != CborError.None || Position >= _data.Length)
        {
            return false;
        }

        type = (CborMajorType)(_data[Position] >> 5);
        return true;
    }

    /// <summary>Reads an unsigned integer.</summary>
    public bool TryReadUnsigned(out ulong value) => TryReadArgument(CborMajorType.Unsigned, out value);

    /// <summary>Reads an integer that fits 64 bits with its sign.</summary>
    public bool TryReadInteger(out long value)
    {
        value = 0;
        int start = Position;
        if (!TryReadHead(out CborMajorType type, out ulong argument))
        {
            return false;
        }

        if (type is not (CborMajorType.Unsigned or CborMajorType.Negative))
        {
            return Fail(CborError.WrongType, start);
        }

        if (argument > long.MaxValue)
        {
            return Fail(CborError.TooLarge, start);
        }

        value = type == CborMajorType.Unsigned ? (long)argument : -1 - (long)argument;
        return true;
    }

    /// <summary>Reads a byte string.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value) => TryReadString(CborMajorType.Bytes, out value);

    /// <summary>Reads a text string.</summary>
    /// <param name="value">Its UTF-8 bytes.</param>
    public bool TryReadText(out ReadOnlySpan<byte> value)
    {
        int start = Position;
        if (!TryReadString(CborMajorType.Text, out value))
        {
            return false;
        }

        if (CborText.IsUtf8(value))
        {
            return true;
        }

        value = default;
        return Fail(CborError.NotText, start);
    }

    /// <summary>Reads the head of an array; its items follow.</summary>
    /// <param name="count">The number of items, not more than there are bytes left.</param>
    public bool TryReadArray(out int count)
    {
        count = 0;
        int start = Position;
        if (!TryReadArgument(CborMajorType.Array, out ulong argument))
        {
            return false;
        }

        if (argument > Remaining)
        {
            return Fail(CborError.Truncated, start);
        }

        count = (int)argument;
        return true;
    }

    /// <summary>Reads the head of a map; its keys and values follow in turn. All entries are well formed and no key occurs twice.</summary>
    /// <param name="count">The number of entries, at most <see cref="MaximumMapEntries"/>.</param>
    public bool TryReadMap(out int count)
    {
        count = 0;
        int start = Position;
        if (!TryReadArgument(CborMajorType.Map, out ulong argument))
        {
            return false;
        }

        if (argument > Remaining / 2 || argument > MaximumMapEntries)
        {
            return Fail(argument > Remaining / 2 ? CborError.Truncated : CborError.TooLarge, start);
        }

        CborReader entries = this;
        for (ulong i = 0; i < argument; i++)
        {
            if (!entries.TryReadEncoded(out ReadOnlySpan<byte> key) || !entries.TrySkip())
            {
                return Fail(entries.Error, entries.Position);
            }

            if (HasKey(this, i, key))
            {
                return Fail(CborError.DuplicateKey, start);
            }
        }

        count = (int)argument;
        return true;
    }

    /// <summary>Reads a tag; the item that it belongs to follows.</summary>
    public bool TryReadTag(out ulong tag) => TryReadArgument(CborMajorType.Tag, out tag);

    /// <summary>Reads false or true.</summary>
    public bool TryReadBoolean(out bool value)
    {
        value = false;
        int start = Position;
        if (!TryReadArgument(CborMajorType.Simple, out ulong simple))
        {
            return false;
        }

        value = simple == CborFormat.True;
        return simple is CborFormat.True or CborFormat.False || Fail(CborError.WrongType, start);
    }

    /// <summary>Reads null.</summary>
    public bool TryReadNull()
    {
        int start = Position;
        return TryReadArgument(CborMajorType.Simple, out ulong simple) && (simple == CborFormat.Null || Fail(CborError.WrongType, start));
    }

    /// <summary>Reads one item of any type, with all that is nested in it, as it is encoded.</summary>
    public bool TryReadEncoded(out ReadOnlySpan<byte> item)
    {
        int start = Position;
        bool read = TrySkip();
        item = read ? _data[start..Position] : default;
        return read;
    }

    /// <summary>Passes over one item of any type, with all that is nested in it; it is well formed.</summary>
    /// <remarks>Maps inside are not looked through for duplicate keys.</remarks>
    public bool TrySkip()
    {
        Span<ulong> left = stackalloc ulong[MaximumDepth + 1];
        left[0] = 1;
        int depth = 0;
        while (depth >= 0)
        {
            if (left[depth] == 0)
            {
                depth--;
                continue;
            }

            left[depth]--;
            int start = Position;
            if (!TryReadHead(out CborMajorType type, out ulong argument))
            {
                return false;
            }

            ulong inside = type switch
            {
                CborMajorType.Array => argument,
                CborMajorType.Map when argument <= Remaining / 2 => argument * 2,
                CborMajorType.Map => ulong.MaxValue,
                CborMajorType.Tag => 1,
                _ => 0,
            };
            if (inside > Remaining)
            {
                return Fail(CborError.Truncated, start);
            }

            if (type is CborMajorType.Bytes or CborMajorType.Text && !TryPassString(type, argument, start, out _))
            {
                return false;
            }

            if (inside == 0)
            {
                continue;
            }

            if (depth == MaximumDepth)
            {
                return Fail(CborError.TooDeep, start);
            }

            depth++;
            left[depth] = inside;
        }

        return true;
    }

    /// <summary>Makes bytes after the last item an error.</summary>
    public bool TryEnd() => Error == CborError.None && (Position == _data.Length || Fail(CborError.TrailingBytes, Position));

    private static bool HasKey(CborReader entries, ulong count, ReadOnlySpan<byte> key)
    {
        for (ulong i = 0; i < count; i++)
        {
            if (!entries.TryReadEncoded(out ReadOnlySpan<byte> other) || other.SequenceEqual(key) || !entries.TrySkip())
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadString(CborMajorType type, out ReadOnlySpan<byte> value)
    {
        value = default;
        int start = Position;
        return TryReadArgument(type, out ulong length) && TryPassString(default, length, start, out value);
    }

    private bool TryPassString(CborMajorType type, ulong length, int start, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (length > Remaining)
        {
            return Fail(CborError.Truncated, start);
        }

        value = _data.Slice(Position, (int)length);
        Position += (int)length;
        return type != CborMajorType.Text || CborText.IsUtf8(value) || Fail(CborError.NotText, start);
    }

    private bool TryReadArgument(CborMajorType expected, out ulong argument)
    {
        int start = Position;
        if (!TryReadHead(out CborMajorType type, out argument))
        {
            return false;
        }

        if (type == expected)
        {
            return true;
        }

        argument = 0;
        return Fail(CborError.WrongType, start);
    }

    private bool TryReadHead(out CborMajorType type, out ulong argument)
    {
        type = default;
        argument = 0;
        if (Error != CborError.None)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = _data[Position..];
        if (rest.Length == 0)
        {
            return Fail(CborError.Truncated, Position);
        }

        type = (CborMajorType)(rest[0] >> 5);
        int information = rest[0] & 0x1f;
        if (information < CborFormat.OneByte)
        {
            argument = (ulong)information;
            Position++;
        }
        else if (information > CborFormat.EightBytes)
        {
            return Fail(information == CborFormat.IndefiniteLength ? CborError.Indefinite : CborError.Reserved, Position);
        }
        else if (!TryReadLongArgument(rest[1..], information - CborFormat.OneByte, out argument))
        {
            return false;
        }

        // A simple value that takes a byte more is none of the known ones; what takes more bytes still is a floating-point number.
        if (type == CborMajorType.Simple && (information >= CborFormat.OneByte || information is < CborFormat.False or > CborFormat.Null))
        {
            return Fail(CborError.Unsupported, _data.Length - rest.Length);
        }

        return true;
    }

    private bool TryReadLongArgument(ReadOnlySpan<byte> rest, int sizeShift, out ulong argument)
    {
        argument = 0;
        int size = 1 << sizeShift;
        if (rest.Length < size)
        {
            return Fail(CborError.Truncated, Position);
        }

        (ulong value, ulong least) = (0UL, 0UL);
        switch (sizeShift)
        {
            case 0:
                (value, least) = (rest[0], CborFormat.OneByte);
                break;
            case 1:
                (value, least) = (BinaryPrimitives.ReadUInt16BigEndian(rest), 1UL << 8);
                break;
            case 2:
                (value, least) = (BinaryPrimitives.ReadUInt32BigEndian(rest), 1UL << 16);
                break;
            default:
                (value, least) = (BinaryPrimitives.ReadUInt64BigEndian(rest), 1UL << 32);
                break;
        }

        // For simple values the bytes are no length; they are refused by their type.
        if (value < least && _data[Position] >> 5 != (int)CborMajorType.Simple)
        {
            return Fail(CborError.NotShortest, Position);
        }

        argument = value;
        Position += 1 + size;
        return true;
    }

    private bool Fail(CborError error, int position)
    {
        if (Error == CborError.None)
        {
            Error = error;
            Position = position;
        }

        return false;
    }
}
