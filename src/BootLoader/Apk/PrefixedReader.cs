using System.Buffers.Binary;

namespace BootLoader.Apk;

/// <summary>Reads what signing blocks and idsigs are made of: u32 numbers, and bytes after their u32 length.</summary>
internal struct PrefixedReader(ReadOnlyMemory<byte> bytes, string what)
{
    private ReadOnlyMemory<byte> _rest = bytes;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>Whether all is read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Takes a number.</summary>
    /// <exception cref="ApkException">There are too few bytes.</exception>
    public uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)).Span);

    /// <summary>Takes a byte.</summary>
    /// <exception cref="ApkException">There is none.</exception>
    public byte TakeByte() => Take(1).Span[0];

    /// <summary>Takes bytes after their length.</summary>
    /// <exception cref="ApkException">There are fewer.</exception>
    public ReadOnlyMemory<byte> TakePrefixed()
    {
        uint length = TakeUInt32();
        return Take(length);
    }

    /// <summary>Takes bytes after their length, as a reader of their own.</summary>
    /// <exception cref="ApkException">There are fewer.</exception>
    public PrefixedReader TakeNested() => new(TakePrefixed(), what);

    /// <summary>Says that nothing may be left.</summary>
    /// <exception cref="ApkException">Something is.</exception>
    public readonly void End()
    {
        if (!IsAtEnd)
        {
            throw new ApkException($"{_rest.Length} bytes too many are in {what}");
        }
    }

    private ReadOnlyMemory<byte> Take(uint length)
    {
        if (length > (uint)_rest.Length)
        {
            throw new ApkException($"{what} ends early: {length} bytes should follow, {_rest.Length} do");
        }

        ReadOnlyMemory<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
