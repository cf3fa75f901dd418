using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>A SHA-256 digest by value. Shared with the firmware.</summary>
public readonly struct Sha256Digest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = 32;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <summary>Copies a digest.</summary>
    /// <param name="digest"><see cref="Size"/> bytes.</param>
    public Sha256Digest(ReadOnlySpan<byte> digest)
    {
        _first = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _second = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(digest[16..]);
        _fourth = BinaryPrimitives.ReadUInt64BigEndian(digest[24..]);
    }

    /// <summary>Whether all bits are zero: no digest.</summary>
    public bool IsZero => (_first | _second | _third | _fourth) == 0;

    /// <summary>Writes the digest.</summary>
    /// <param name="destination">Takes <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _first);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _fourth);
    }
}
