using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Fdt;

/// <summary>A property of a tree that a host program edits. Its value is replaced as a whole, through its node.</summary>
/// <param name="name">The property's name.</param>
/// <param name="value">The value's bytes; not changed by anyone afterwards.</param>
public sealed class FdtProperty(string name, ReadOnlyMemory<byte> value)
{
    /// <summary>The property's name.</summary>
    public string Name { get; } = name;

    /// <summary>The value's bytes; empty for a flag.</summary>
    public ReadOnlyMemory<byte> Value { get; } = value;

    /// <summary>The value as 32-bit cells.</summary>
    /// <exception cref="FdtException">The length is not a multiple of 4.</exception>
    public uint[] ToU32s()
    {
        uint[] cells = new uint[Count(sizeof(uint))];
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = BinaryPrimitives.ReadUInt32BigEndian(Value.Span[(i * sizeof(uint))..]);
        }

        return cells;
    }

    /// <summary>The value as 64-bit numbers of two cells each.</summary>
    /// <exception cref="FdtException">The length is not a multiple of 8.</exception>
    public ulong[] ToU64s()
    {
        ulong[] numbers = new ulong[Count(sizeof(ulong))];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadUInt64BigEndian(Value.Span[(i * sizeof(ulong))..]);
        }

        return numbers;
    }

    /// <summary>The value as a list of strings.</summary>
    /// <exception cref="FdtException">The value does not end with a terminator.</exception>
    public string[] ToStrings()
    {
        if (Value.IsEmpty || Value.Span[^1] != 0)
        {
            throw new FdtException($"property {Name} is no string: its {Value.Length} bytes do not end with a zero");
        }

        return Encoding.UTF8.GetString(Value.Span[..^1]).Split('\0');
    }

    private int Count(int size) => Value.Length % size == 0
        ? Value.Length / size
        : throw new FdtException($"property {Name} has {Value.Length} bytes, which is not a multiple of {size}");
}
