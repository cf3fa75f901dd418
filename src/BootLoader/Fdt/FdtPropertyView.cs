using System.Buffers.Binary;

namespace BootLoader.Fdt;

/// <summary>A property of a blob that <see cref="FdtReader"/> has checked, read in place.</summary>
public readonly ref struct FdtPropertyView
{
    internal FdtPropertyView(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The property's name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value's bytes; empty for a flag.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The number of whole 32-bit cells in the value.</summary>
    public int CellCount => Value.Length / 4;

    /// <summary>Reads the value as exactly one cell.</summary>
    public bool TryGetU32(out uint value) => BinaryPrimitives.TryReadUInt32BigEndian(Value, out value) && Value.Length == 4;

    /// <summary>Reads the value as exactly two cells, the more significant first.</summary>
    public bool TryGetU64(out ulong value) => BinaryPrimitives.TryReadUInt64BigEndian(Value, out value) && Value.Length == 8;

    /// <summary>Reads one 32-bit cell by index.</summary>
    public bool TryGetCell(int index, out uint value)
    {
        value = 0;
        return (uint)index < (uint)CellCount && BinaryPrimitives.TryReadUInt32BigEndian(Value[(index * 4)..], out value);
    }

    /// <summary>Reads the value as one terminated string, without its terminator.</summary>
    public bool TryGetString(out ReadOnlySpan<byte> text)
    {
        text = Value.Length > 0 ? Value[..^1] : default;
        return Value.Length > 0 && Value.IndexOf((byte)0) == Value.Length - 1;
    }

    /// <summary>Whether one string of a string list (such as <c>compatible</c>) equals <paramref name="text"/>.</summary>
    public bool ListContains(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = Value;
        while (rest.Length > 0)
        {
            int end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                return false;
            }

            if (rest[..end].SequenceEqual(text))
            {
                return true;
            }

            rest = rest[(end + 1)..];
        }

        return false;
    }
}
