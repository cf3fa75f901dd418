using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BootLoader.Gpt;

/// <summary>A partition table: what it says, and the bytes at the start and the end of its disk that say it.</summary>
public sealed class GptTable
{
    private const int SignatureOffset = 510;
    private const int FirstPartitionRecord = 446;

    /// <summary>Checks a table.</summary>
    /// <param name="diskId">What tells the disk from all others.</param>
    /// <param name="sectors">The disk's sectors.</param>
    /// <param name="firstUsable">The first sector that a partition may have; 34 at the least.</param>
    /// <param name="partitions">At most 128, in the order of the entries.</param>
    /// <exception cref="GptException">A partition is empty, lies outside, overlaps, or has a label that is too long or another one's GUID.</exception>
    public GptTable(Guid diskId, ulong sectors, ulong firstUsable, IReadOnlyList<GptPartition> partitions)
    {
        DiskId = diskId;
        Sectors = sectors;
        FirstUsable = firstUsable;
        Partitions = partitions;
        const int HeadSectors = GptFormat.EntrySectors + 2;
        if (firstUsable < HeadSectors || firstUsable > sectors || sectors - firstUsable < EndSectors)
        {
            throw new GptException($"a partition table does not fit on {sectors} sectors of which the first usable one is {firstUsable}");
        }

        LastUsable = sectors - EndSectors - 1;
        Check();
    }

    /// <summary>Sectors at the end of the disk that the second table takes.</summary>
    public static ulong EndSectors => GptFormat.EntrySectors + 1;

    /// <summary>What tells the disk from all others.</summary>
    public Guid DiskId { get; }

    /// <summary>The disk's sectors.</summary>
    public ulong Sectors { get; }

    /// <summary>The first sector that a partition may have.</summary>
    public ulong FirstUsable { get; }

    /// <summary>The last sector that a partition may have.</summary>
    public ulong LastUsable { get; }

    /// <summary>The partitions, in the order of their entries.</summary>
    public IReadOnlyList<GptPartition> Partitions { get; }

    /// <summary>The start of the disk, up to the first usable sector: protective MBR, header, entries, zeros.</summary>
    public byte[] ToStart()
    {
        byte[] start = new byte[FirstUsable * GptFormat.SectorSize];
        WriteProtectiveMbr(start);
        WriteEntries(start.AsSpan(2 * GptFormat.SectorSize));
        uint sum = Crc32.Of(start.AsSpan(2 * GptFormat.SectorSize, GptFormat.EntryCount * GptFormat.EntrySize));
        WriteHeader(start.AsSpan(GptFormat.SectorSize), sum, own: 1, other: Sectors - 1, entries: 2);
        return start;
    }

    /// <summary>The last <see cref="EndSectors"/> of the disk: entries, header.</summary>
    public byte[] ToEnd()
    {
        byte[] end = new byte[EndSectors * GptFormat.SectorSize];
        WriteEntries(end);
        uint sum = Crc32.Of(end.AsSpan(0, GptFormat.EntryCount * GptFormat.EntrySize));
        WriteHeader(end.AsSpan(GptFormat.EntryCount * GptFormat.EntrySize), sum, own: Sectors - 1, other: 1, entries: Sectors - EndSectors);
        return end;
    }

    private void Check()
    {
        if (Partitions.Count > GptFormat.EntryCount)
        {
            throw new GptException($"{Partitions.Count} partitions are more than the {GptFormat.EntryCount} that a table has");
        }

        HashSet<Guid> ids = [];
        ulong behind = FirstUsable;
        GptPartition[] sorted = [.. Partitions];
        Array.Sort(sorted, static (one, other) => one.FirstLba.CompareTo(other.FirstLba));
        foreach (GptPartition partition in sorted)
        {
            if (partition.Name.Length > GptFormat.NameUnits || partition.Name.Contains('\0', StringComparison.Ordinal))
            {
                throw new GptException($"the partition label '{partition.Name}' has {partition.Name.Length} characters, NUL among them, or more than {GptFormat.NameUnits}");
            }

            if (!ids.Add(partition.Id) || partition.Id == Guid.Empty || partition.Type == Guid.Empty)
            {
                throw new GptException($"the partition '{partition.Name}' has the GUID of another one, or none");
            }

            if (partition.LastLba < partition.FirstLba || partition.FirstLba < behind || partition.LastLba > LastUsable)
            {
                throw new GptException($"the partition '{partition.Name}' of sectors {partition.FirstLba} to {partition.LastLba} is empty, overlaps another one, or lies outside of {FirstUsable} to {LastUsable}");
            }

            behind = partition.LastLba + 1;
        }
    }

    private void WriteProtectiveMbr(Span<byte> sector)
    {
        // Starts and ends as UEFI 2.10 has them in table 5-4; heads and cylinders that are out of reach are all ones.
        Span<byte> record = sector[FirstPartitionRecord..];
        record[2] = 2;
        record[4] = GptFormat.ProtectiveType;
        record[5..8].Fill(0xff);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)Math.Min(Sectors - 1, uint.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(sector[SignatureOffset..], 0xaa55);
    }

    private void WriteHeader(Span<byte> header, uint entriesSum, ulong own, ulong other, ulong entries)
    {
        GptFormat.Signature.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], GptFormat.Revision);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], GptFormat.HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], own);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], other);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], FirstUsable);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], LastUsable);
        DiskId.TryWriteBytes(header[56..]);
        BinaryPrimitives.WriteUInt64LittleEndian(header[72..], entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header[80..], GptFormat.EntryCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[84..], GptFormat.EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], entriesSum);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Of(header[..GptFormat.HeaderSize]));
    }

    private void WriteEntries(Span<byte> entries)
    {
        foreach (GptPartition partition in Partitions)
        {
            // Guid's own layout is the mixed one of UEFI.
            partition.Type.TryWriteBytes(entries);
            partition.Id.TryWriteBytes(entries[16..]);
            BinaryPrimitives.WriteUInt64LittleEndian(entries[32..], partition.FirstLba);
            BinaryPrimitives.WriteUInt64LittleEndian(entries[40..], partition.LastLba);
            BinaryPrimitives.WriteUInt64LittleEndian(entries[48..], partition.Attributes);
            MemoryMarshal.AsBytes(partition.Name.AsSpan()).CopyTo(entries[56..]);
            entries = entries[GptFormat.EntrySize..];
        }
    }
}
