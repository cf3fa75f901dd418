using System.Buffers.Binary;

namespace Pvmfw.DeviceTree;

/// <summary>Properties copied out of a tree into bytes of the caller: each a length of the name and one of the value, 16 bits, then both.</summary>
public ref struct PropertyList
{
    private const int HeaderSize = 4;

    private readonly Span<byte> _storage;
    private int _end;

    /// <summary>An empty list.</summary>
    /// <param name="storage">Where the copies go.</param>
    public PropertyList(Span<byte> storage)
    {
        _storage = storage;
        _end = 0;
    }

    /// <summary>What the list holds, for <see cref="TryTake"/>.</summary>
    public readonly ReadOnlySpan<byte> Content => _storage[.._end];

    /// <summary>Adds a copy.</summary>
    /// <returns>False where it has no room.</returns>
    public bool TryAdd(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (name.Length > ushort.MaxValue || value.Length > ushort.MaxValue || name.Length + value.Length > _storage.Length - _end - HeaderSize)
        {
            return false;
        }

        Span<byte> at = _storage[_end..];
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(at[2..], (ushort)value.Length);
        name.CopyTo(at[HeaderSize..]);
        value.CopyTo(at[(HeaderSize + name.Length)..]);
        _end += HeaderSize + name.Length + value.Length;
        return true;
    }

    /// <summary>Whether a property has this name.</summary>
    public readonly bool Contains(scoped ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = Content;
        while (TryTake(ref rest, out ReadOnlySpan<byte> taken, out _))
        {
            if (taken.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the first property off a list's content.</summary>
    /// <param name="content">What is left of the list; loses what is taken.</param>
    /// <param name="name">The property's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False at the end.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> content, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (content.Length < HeaderSize)
        {
            return false;
        }

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(content);
        int valueLength = BinaryPrimitives.ReadUInt16LittleEndian(content[2..]);
        if (nameLength + valueLength > content.Length - HeaderSize)
        {
            return false;
        }

        name = content.Slice(HeaderSize, nameLength);
        value = content.Slice(HeaderSize + nameLength, valueLength);
        content = content[(HeaderSize + nameLength + valueLength)..];
        return true;
    }
}
