using System.Buffers.Binary;

namespace Pvmfw.DeviceTree;

/// <summary>Fills a property's value with cells. Where the tree has had a fault the value is empty, and nothing is written.</summary>
internal ref struct CellWriter(Span<byte> value)
{
    private Span<byte> _rest = value;

    /// <summary>Writes one cell.</summary>
    public void Cell(uint value)
    {
        if (_rest.Length >= sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(_rest, value);
            _rest = _rest[sizeof(uint)..];
        }
    }

    /// <summary>Writes a number of two cells.</summary>
    public void Pair(ulong value)
    {
        Cell((uint)(value >> 32));
        Cell((uint)value);
    }

    /// <summary>Writes a range: address and size of two cells each.</summary>
    public void Range(MemoryRange range)
    {
        Pair(range.Start);
        Pair(range.Size);
    }

    /// <summary>Writes an interrupt.</summary>
    public void Interrupt(uint kind, uint number, uint flags)
    {
        Cell(kind);
        Cell(number);
        Cell(flags);
    }
}
