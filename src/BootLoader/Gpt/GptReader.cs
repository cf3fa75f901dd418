using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BootLoader.Gpt;

/// <summary>Reads a partition table from the first sectors of a disk.</summary>
public static class GptReader
{
    /// <summary>Reads the primary table.</summary>
    /// <param name="start">The start of the disk: 34 sectors hold a usual table.</param>
    /// <param name="sectors">The disk's sectors.</param>
    /// <exception cref="GptException">There is no table, a sum does not match, or an entry makes no sense.</exception>
    public static GptTable Read(ReadOnlySpan<byte> start, ulong sectors)
    {
        Check(start.Length >= 2 * GptFormat.SectorSize, $"{start.Length} bytes hold no partition table");
        ReadOnlySpan<byte> header = start.Slice(GptFormat.SectorSize, GptFormat.SectorSize);
        ulong sectorsRead = (ulong)start.Length / GptFormat.SectorSize;
        GptFault fault = GptHeader.Read(header, lba: 1, sectorsRead, out GptHeader fields);
        if (fault != GptFault.None)
        {
            throw new GptException(Describe(fault, fields, sectorsRead));
        }

        ReadOnlySpan<byte> entries = start.Slice((int)fields.EntriesLba * GptFormat.SectorSize, fields.EntriesLength);
        Check(Crc32.Of(entries) == fields.EntriesSum, $"the sum of the entries does not match");
        return new GptTable(new Guid(header.Slice(56, 16)), sectors, fields.FirstUsable, ReadEntries(entries));
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
                    Name(entries.Slice(GptFormat.NameOffset, GptFormat.NameUnits * sizeof(char))),
                    BinaryPrimitives.ReadUInt64LittleEndian(entries[GptFormat.FirstLbaOffset..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(entries[GptFormat.LastLbaOffset..]))
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

    private static string Describe(GptFault fault, GptHeader header, ulong sectors) => FormattableString.Invariant(fault switch
    {
        GptFault.NoSignature => $"sector 1 does not begin with EFI PART",
        GptFault.BadHeaderSize => $"the header has {header.Size} bytes; {GptFormat.HeaderSize} to {GptFormat.SectorSize} are possible",
        GptFault.BadHeaderSum => $"the sum of the header does not match",
        GptFault.Misplaced => $"the header says that it lies in sector {header.OwnLba}, not 1",
        GptFault.BadEntryCount =>
            $"the table has {header.EntryCount} entries of {header.EntrySize} bytes; up to {GptFormat.MostEntries} of {GptFormat.EntrySize} can be read",
        _ => $"the entries lie in sector {header.EntriesLba}, over the header or outside of the {sectors} sectors read",
    });

    private static void Check(bool good, FormattableString fault)
    {
        if (!good)
        {
            throw new GptException(FormattableString.Invariant(fault));
        }
    }
}
