using System.Buffers.Binary;

namespace BootLoader.Gpt;

/// <summary>The header of a partition table (UEFI 2.10, table 5-5), checked.</summary>
/// <remarks>Allocates nothing and throws nothing, so the firmware shares it.</remarks>
internal readonly struct GptHeader
{
    private const int SizeOffset = 12;
    private const int SumOffset = 16;

    private GptHeader(ReadOnlySpan<byte> sector)
    {
        Size = BinaryPrimitives.ReadUInt32LittleEndian(sector[SizeOffset..]);
        Sum = BinaryPrimitives.ReadUInt32LittleEndian(sector[SumOffset..]);
        OwnLba = BinaryPrimitives.ReadUInt64LittleEndian(sector[24..]);
        FirstUsable = BinaryPrimitives.ReadUInt64LittleEndian(sector[40..]);
        LastUsable = BinaryPrimitives.ReadUInt64LittleEndian(sector[48..]);
        EntriesLba = BinaryPrimitives.ReadUInt64LittleEndian(sector[72..]);
        EntryCount = BinaryPrimitives.ReadUInt32LittleEndian(sector[80..]);
        EntrySize = BinaryPrimitives.ReadUInt32LittleEndian(sector[84..]);
        EntriesSum = BinaryPrimitives.ReadUInt32LittleEndian(sector[88..]);
    }

    internal uint Size { get; }

    internal uint Sum { get; }

    internal ulong OwnLba { get; }

    internal ulong FirstUsable { get; }

    internal ulong LastUsable { get; }

    internal ulong EntriesLba { get; }

    internal uint EntryCount { get; }

    internal uint EntrySize { get; }

    internal uint EntriesSum { get; }

    /// <summary>Bytes of the entries. At most 128 KiB after the header was read without a fault.</summary>
    internal int EntriesLength => (int)(EntryCount * EntrySize);

    /// <summary>Reads a header.</summary>
    /// <param name="sector">Its sector, 512 bytes.</param>
    /// <param name="lba">The sector's number.</param>
    /// <param name="sectors">The sectors that the entries may lie in: the disk's, or as many as are at hand.</param>
    /// <param name="header">The header; with a fault its fields are there as well, for a message.</param>
    internal static GptFault Read(ReadOnlySpan<byte> sector, ulong lba, ulong sectors, out GptHeader header)
    {
        sector = sector[..GptFormat.SectorSize];
        header = new GptHeader(sector);
        if (!sector[..GptFormat.Signature.Length].SequenceEqual(GptFormat.Signature))
        {
            return GptFault.NoSignature;
        }

        if (header.Size is < GptFormat.HeaderSize or > GptFormat.SectorSize)
        {
            return GptFault.BadHeaderSize;
        }

        if (SumOf(sector[..(int)header.Size]) != header.Sum)
        {
            return GptFault.BadHeaderSum;
        }

        if (header.OwnLba != lba)
        {
            return GptFault.Misplaced;
        }

        if (header.EntrySize != GptFormat.EntrySize || header.EntryCount > GptFormat.MostEntries)
        {
            return GptFault.BadEntryCount;
        }

        return AreEntriesInside(header, lba, sectors) ? GptFault.None : GptFault.EntriesOutside;
    }

    // Sector 0 is the protective MBR's.
    private static bool AreEntriesInside(GptHeader header, ulong lba, ulong sectors)
    {
        ulong start = header.EntriesLba;
        ulong length = ((ulong)header.EntriesLength + GptFormat.SectorSize - 1) / GptFormat.SectorSize;
        return start >= 1 && start <= sectors && length <= sectors - start && (lba < start || lba - start >= length);
    }

    private static uint SumOf(ReadOnlySpan<byte> header)
    {
        // The sum is made with zeros in its own place.
        Span<byte> zero = stackalloc byte[sizeof(uint)];
        zero.Clear();
        uint sum = Crc32.Append(Crc32.Start, header[..SumOffset]);
        sum = Crc32.Append(sum, zero);
        return ~Crc32.Append(sum, header[(SumOffset + sizeof(uint))..]);
    }
}
