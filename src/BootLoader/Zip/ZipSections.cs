using System.Buffers.Binary;
using BootLoader.Sources;

namespace BootLoader.Zip;

/// <summary>
/// Where the central directory and the end of an archive lie. ZIP64 is refused, as libapkverify does: no APK or APEX needs it, and two places
/// for one number are two answers.
/// </summary>
public sealed class ZipSections
{
    /// <summary>Zeros that can follow an archive in a partition are fewer than this: partitions are made of blocks.</summary>
    public const int PartitionBlock = 4096;

    private const int MostComment = ushort.MaxValue;

    private ZipSections(long directory, long end, long length, int entries)
    {
        CentralDirectoryOffset = directory;
        EndOffset = end;
        Length = length;
        EntryCount = entries;
    }

    /// <summary>Where the central directory begins.</summary>
    public long CentralDirectoryOffset { get; }

    /// <summary>Where the central directory ends and the end record begins.</summary>
    public long EndOffset { get; }

    /// <summary>Bytes of the archive, the end record's comment included.</summary>
    public long Length { get; }

    /// <summary>Entries of the central directory, as the end record counts them.</summary>
    public int EntryCount { get; }

    /// <summary>Finds them. The archive ends where the source ends, and the central directory ends where the end record begins.</summary>
    /// <param name="source">The archive.</param>
    /// <exception cref="ZipException">It is none, or one of a kind that is not supported.</exception>
    public static ZipSections Find(RandomAccessSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        byte[] tail = Tail(source, ZipFormat.EndSize + MostComment + ZipFormat.Zip64LocatorSize, out long tailOffset);
        int at = FindEnd(tail, tail.Length);
        return at >= 0 ? Read(tail, at, tailOffset) : throw new ZipException("it is no zip archive, or not a whole one: it does not end in an end-of-central-directory record");
    }

    /// <summary>An archive without the zeros that fill the last block of its partition.</summary>
    /// <param name="partition">The whole partition; an archive that ends where it ends is given back whole.</param>
    /// <exception cref="ZipException">There is no archive before at most <see cref="PartitionBlock"/> − 1 zeros.</exception>
    public static RandomAccessSource WithoutPadding(RandomAccessSource partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        byte[] tail = Tail(partition, ZipFormat.EndSize + MostComment + PartitionBlock, out long tailOffset);
        int content = tail.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int at = FindEnd(tail, Math.Max(content, tail.Length - PartitionBlock + 1));
        if (at >= 0)
        {
            return partition.Slice(0, tailOffset + End(tail, at));
        }

        throw new ZipException("no zip archive ends in the partition's last block");
    }

    private static byte[] Tail(RandomAccessSource source, int most, out long offset)
    {
        int length = (int)Math.Min(source.Length, most);
        offset = source.Length - length;
        return source.ReadExactly(offset, length);
    }

    /// <summary>The last record whose comment ends where the archive can.</summary>
    private static int FindEnd(ReadOnlySpan<byte> tail, int first)
    {
        for (int at = tail.Length - ZipFormat.EndSize; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[at..]) == ZipFormat.EndSignature)
            {
                int end = End(tail, at);
                if (end >= first && end <= tail.Length)
                {
                    return at;
                }
            }
        }

        return -1;
    }

    private static int End(ReadOnlySpan<byte> tail, int at) => at + ZipFormat.EndSize + BinaryPrimitives.ReadUInt16LittleEndian(tail[(at + 20)..]);

    private static ZipSections Read(ReadOnlySpan<byte> tail, int at, long tailOffset)
    {
        ReadOnlySpan<byte> end = tail[at..];
        int disk = BinaryPrimitives.ReadUInt16LittleEndian(end[4..]), directoryDisk = BinaryPrimitives.ReadUInt16LittleEndian(end[6..]);
        int here = BinaryPrimitives.ReadUInt16LittleEndian(end[8..]), entries = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        bool hasLocator = at >= ZipFormat.Zip64LocatorSize
            && BinaryPrimitives.ReadUInt32LittleEndian(tail[(at - ZipFormat.Zip64LocatorSize)..]) == ZipFormat.Zip64LocatorSignature;
        if (hasLocator || size == ZipFormat.InZip64 || offset == ZipFormat.InZip64 || entries == ushort.MaxValue)
        {
            throw new ZipException("a ZIP64 archive is not supported: at most 65534 entries and 4 GiB");
        }

        if (disk != 0 || directoryDisk != 0 || here != entries)
        {
            throw new ZipException($"an archive of several parts is not supported: this is part {disk}, with {here} of {entries} entries");
        }

        long endOffset = tailOffset + at;
        if (offset + (long)size != endOffset)
        {
            throw new ZipException($"the central directory of {size} bytes at byte {offset} does not end at byte {endOffset}, where its end record begins");
        }

        return new ZipSections(offset, endOffset, tailOffset + tail.Length, entries);
    }
}
