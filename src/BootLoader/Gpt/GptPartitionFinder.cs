using System.Buffers.Binary;
using BootLoader.Blocks;

namespace BootLoader.Gpt;

/// <summary>Finds a partition by its label: by the table at the start of the disk, or, where that is damaged, by the one at its end.</summary>
/// <remarks>
/// Allocates nothing and throws nothing, so the firmware shares it. Each sector is read once: what is summed is what is looked at. The sums tell
/// damage, not malice; whoever wrote the disk chose where the partition lies.
/// </remarks>
public static class GptPartitionFinder
{
    private const ulong PrimaryLba = 1;

    /// <summary>Finds a partition.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="label">Its label, in ASCII, at most 36 characters.</param>
    /// <param name="extent">Where it lies.</param>
    /// <returns><see cref="GptFault.None"/>, or what is wrong with the first table when the second one is no good either.</returns>
    public static GptFault Find<TStore>(ref TStore disk, ReadOnlySpan<byte> label, out GptExtent extent)
        where TStore : struct, IBlockStore
    {
        extent = default;
        ulong sectors = disk.SectorCount;
        if (sectors <= PrimaryLba + 1)
        {
            return GptFault.TooSmall;
        }

        GptFault fault = FindBy(ref disk, PrimaryLba, label, out extent);
        if (!IsDamage(fault))
        {
            return fault;
        }

        GptFault second = FindBy(ref disk, sectors - 1, label, out extent);
        return IsDamage(second) ? fault : second;
    }

    // A table that is whole decides, even when it has no such partition. A disk that fails is not asked again.
    private static bool IsDamage(GptFault fault) => fault is
        GptFault.NoSignature or GptFault.BadHeaderSize or GptFault.BadHeaderSum or GptFault.Misplaced or
        GptFault.BadEntryCount or GptFault.EntriesOutside or GptFault.BadEntriesSum;

    private static GptFault FindBy<TStore>(ref TStore disk, ulong lba, ReadOnlySpan<byte> label, out GptExtent extent)
        where TStore : struct, IBlockStore
    {
        extent = default;
        Span<byte> sector = stackalloc byte[GptFormat.SectorSize];
        if (!disk.Read(lba, sector))
        {
            return GptFault.DiskFailed;
        }

        GptFault fault = GptHeader.Read(sector, lba, disk.SectorCount, out GptHeader header);
        if (fault != GptFault.None)
        {
            return fault;
        }

        uint sum = Crc32.Start;
        int found = 0;
        ulong first = 0;
        ulong last = 0;
        ulong place = header.EntriesLba;
        for (int left = header.EntriesLength; left > 0; left -= GptFormat.SectorSize)
        {
            if (!disk.Read(place, sector))
            {
                return GptFault.DiskFailed;
            }

            place++;
            ReadOnlySpan<byte> entries = sector[..Math.Min(left, GptFormat.SectorSize)];
            sum = Crc32.Append(sum, entries);
            for (; entries.Length > 0; entries = entries[GptFormat.EntrySize..])
            {
                if (IsUsed(entries) && HasLabel(entries, label))
                {
                    found++;
                    first = BinaryPrimitives.ReadUInt64LittleEndian(entries[GptFormat.FirstLbaOffset..]);
                    last = BinaryPrimitives.ReadUInt64LittleEndian(entries[GptFormat.LastLbaOffset..]);
                }
            }
        }

        if (~sum != header.EntriesSum)
        {
            return GptFault.BadEntriesSum;
        }

        if (found != 1)
        {
            return found == 0 ? GptFault.NotFound : GptFault.Ambiguous;
        }

        if (first > last || first < header.FirstUsable || last > header.LastUsable || !IsOutsideOfTables(header, disk.SectorCount, first, last))
        {
            return GptFault.PartitionOutside;
        }

        extent = new GptExtent(first, last - first + 1);
        return GptFault.None;
    }

    // The header says which sectors are usable, so that is no more trusted than the entries are.
    private static bool IsOutsideOfTables(GptHeader header, ulong sectors, ulong first, ulong last)
    {
        ulong entries = ((ulong)header.EntriesLength + GptFormat.SectorSize - 1) / GptFormat.SectorSize;
        bool apart = last < header.EntriesLba || (first >= header.EntriesLba && first - header.EntriesLba >= entries);
        return first > PrimaryLba && last < sectors - 1 && apart;
    }

    // All zeros is the type of an entry that is not used.
    private static bool IsUsed(ReadOnlySpan<byte> entry)
    {
        int bits = 0;
        for (int i = 0; i < GptFormat.GuidSize; i++)
        {
            bits |= entry[i];
        }

        return bits != 0;
    }

    private static bool HasLabel(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> label)
    {
        ReadOnlySpan<byte> name = entry.Slice(GptFormat.NameOffset, GptFormat.NameUnits * sizeof(ushort));
        if (label.Length > GptFormat.NameUnits)
        {
            return false;
        }

        for (int i = 0; i < label.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(name[(i * sizeof(ushort))..]) != label[i])
            {
                return false;
            }
        }

        return label.Length == GptFormat.NameUnits || BinaryPrimitives.ReadUInt16LittleEndian(name[(label.Length * sizeof(ushort))..]) == 0;
    }
}
