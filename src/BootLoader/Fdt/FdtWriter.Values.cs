using System.Buffers.Binary;

namespace BootLoader.Fdt;

/// <content>Property values of the specification's types (section 2.2.4): cells are big-endian.</content>
public ref partial struct FdtWriter
{
    /// <summary>Adds a property of 32-bit cells.</summary>
    public void PropertyU32(scoped ReadOnlySpan<byte> name, params scoped ReadOnlySpan<uint> cells)
    {
        Span<byte> value = PropertySpace(name, cells.Length * sizeof(uint));
        for (int i = 0; i < cells.Length && value.Length > 0; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value[(i * sizeof(uint))..], cells[i]);
        }
    }

    /// <summary>Adds a property of 64-bit numbers, two cells each.</summary>
    public void PropertyU64(scoped ReadOnlySpan<byte> name, params scoped ReadOnlySpan<ulong> numbers)
    {
        Span<byte> value = PropertySpace(name, numbers.Length * sizeof(ulong));
        for (int i = 0; i < numbers.Length && value.Length > 0; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(value[(i * sizeof(ulong))..], numbers[i]);
        }
    }

    /// <summary>Adds a property that is a terminated string; a string list is given with a NUL between its strings.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="text">UTF-8, without the last terminator.</param>
    public void PropertyString(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text) => text.TryCopyTo(PropertySpace(name, text.Length + 1));

    /// <summary>Adds the property <c>phandle</c>, by which other nodes refer to this one. That it is the tree's only one is the caller's part.</summary>
    public void Phandle(uint phandle)
    {
        if (phandle is 0 or uint.MaxValue)
        {
            Fail(FdtError.BadPhandle);
        }

        PropertyU32("phandle"u8, phandle);
    }
}
