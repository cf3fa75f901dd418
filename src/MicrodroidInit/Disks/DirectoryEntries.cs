using System.Buffers.Binary;

namespace MicrodroidInit.Disks;

/// <summary>Walks what getdents64(2) gave: <c>u64 inode, s64 offset, u16 length, u8 type</c>, a name and a NUL.</summary>
public ref struct DirectoryEntries
{
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins before the first entry.</summary>
    public DirectoryEntries(ReadOnlySpan<byte> entries)
    {
        _rest = entries;
        Current = default;
    }

    /// <summary>The name that the last step reached.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Goes to the next name.</summary>
    /// <returns>False at the end, and where an entry does not end where it says.</returns>
    public bool MoveNext()
    {
        if (_rest.Length < NameOffset)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[LengthOffset..]);
        if (length < NameOffset || length > _rest.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> name = _rest[NameOffset..length];
        int end = name.IndexOf((byte)0);
        Current = end < 0 ? name : name[..end];
        _rest = _rest[length..];
        return true;
    }
}
