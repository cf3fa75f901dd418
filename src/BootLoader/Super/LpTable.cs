using System.Buffers.Binary;

namespace BootLoader.Super;

/// <summary>Where a table lies (liblp, LpMetadataTableDescriptor).</summary>
internal readonly struct LpTable
{
    private readonly uint _offset;
    private readonly uint _count;
    private readonly uint _entrySize;

    /// <summary>Reads a description.</summary>
    /// <param name="header">The header.</param>
    /// <param name="number">The table's number among the descriptions.</param>
    internal LpTable(ReadOnlySpan<byte> header, int number)
    {
        ReadOnlySpan<byte> bytes = header.Slice(LpFormat.TableDescriptorsOffset + (number * LpFormat.TableDescriptorSize), LpFormat.TableDescriptorSize);
        _offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        _count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        _entrySize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
    }

    /// <summary>The number of entries. No more than fit in memory once <see cref="Fits"/> said so.</summary>
    internal int Count => (int)_count;

    /// <summary>Whether the table lies within the tables and has entries of a size.</summary>
    /// <param name="tablesSize">Bytes of all tables.</param>
    /// <param name="entrySize">What its entries must have.</param>
    internal bool Fits(uint tablesSize, int entrySize) =>
        _entrySize == entrySize && _offset <= tablesSize && (ulong)_count * _entrySize <= tablesSize - _offset;

    /// <summary>An entry.</summary>
    /// <param name="tables">All tables.</param>
    /// <param name="index">Less than <see cref="Count"/>.</param>
    internal ReadOnlySpan<byte> Entry(ReadOnlySpan<byte> tables, int index) => tables.Slice((int)_offset + (index * (int)_entrySize), (int)_entrySize);
}
