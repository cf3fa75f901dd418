using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BootLoader.Gpt;

/// <summary>Reads a partition table from the first sectors of a disk.</summary>
public static class GptReader
{
    // More entries than the usual 128 are allowed; so many are more than anyone has.
    private const uint MostEntries = 1024;

    /// <summary>Reads the primary table.</summary>
    /// <param name="start">The start of the disk: 34 sectors hold a usual table.</param>
    /// <param name="sectors">The disk's sectors.</param>
    /// <exception cref="GptException">There is no table, a sum does not match, or an entry makes no sense.</exception>
    public static GptTable Read(ReadOnlySpan<byte> start, ulong sectors)
    {
        Check(start.Length >= 2 * GptFormat.SectorSize, $"{start.Length} bytes hold no partition table");
        ReadOnlySpan<byte> header = start.Slice(GptFormat.SectorSize, GptFormat.SectorSize);
        Check(header.StartsWith(GptFormat.Signature), $"sector 1 does not begin with EFI PART");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        Check(size is >= GptFormat.HeaderSize and <= GptFormat.SectorSize, $"the header has {size} bytes; {GptFormat.HeaderSize} to {GptFormat.SectorSize} are possible");
        Check(HeaderSum(header[..(int)size]) == BinaryPrimitives.ReadUInt32LittleEndian(header[16..]), $"the sum of the header does not match");
        ulong own = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        Check(own == 1, $"the header says that it lies in sector {own}, not 1");
        ulong lba = BinaryPrimitives.ReadUInt64LittleEndian(header[72..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[80..]);
        uint entrySize = BinaryPrimitives.ReadUInt32LittleEndian(header[84..]);
        Check(entrySize == GptFormat.EntrySize && count <= MostEntries, $"the table has {count} entries of {entrySize} bytes; up to {MostEntries} of {GptFormat.EntrySize} can be read");
        ulong length = (ulong)count * entrySize;
        Check(lba >= 2 && lba <= (ulong)start.Length / GptFormat.SectorSize && length <= (ulong)start.Length - (lba * GptFormat.SectorSize), $"the entries lie in sector {lba}, outside of the {start.Length} bytes read");
        ReadOnlySpan<byte> entries = start.Slice((int)lba * GptFormat.SectorSize, (int)length);
        Check(Crc32.Of(entries) == BinaryPrimitives.ReadUInt32LittleEndian(header[88..]), $"the sum of the entries does not match");
        return new GptTable(new Guid(header.Slice(56, 16)), sectors, BinaryPrimitives.ReadUInt64LittleEndian(header[40..]), ReadEntries(entries));
    }

    private static List<GptPartition> ReadEntries(ReadOnlySpan<byte> entries)
    {
        List<GptPartition> partitions = [];
        for (; !entries.IsEmpty; entries = entries[GptFormat.EntrySize..])
        {
            Guid type = new(entries[..16]);
            if (type != Guid.Empty)
            {
                partitions.Add(new GptPartition(
                    Name(entries.Slice(56, GptFormat.NameUnits * sizeof(char))),
                    BinaryPrimitives.ReadUInt64LittleEndian(entries[32..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(entries[40..]))
                {
                    Type = type,
                    Id = new Guid(entries.Slice(16, 16)),
                    Attributes = BinaryPrimitives.ReadUInt64LittleEndian(entries[48..]),
                });
            }
        }

        return partitions;
    }

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<char> name = MemoryMarshal.Cast<byte, char>(bytes);
        int end = name.IndexOf('\0');
        return new string(end < 0 ? name : name[..end]);
    }

    private static uint HeaderSum(ReadOnlySpan<byte> header)
    {
        Span<byte> copy = stackalloc byte[GptFormat.SectorSize];
        header.CopyTo(copy);
        copy.Slice(16, sizeof(uint)).Clear();
        return Crc32.Of(copy[..header.Length]);
    }

    private static void Check(bool good, FormattableString fault)
    {
        if (!good)
        {
            throw new GptException(FormattableString.Invariant(fault));
        }
    }
}
