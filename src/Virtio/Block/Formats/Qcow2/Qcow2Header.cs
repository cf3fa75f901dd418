using System.Buffers.Binary;
using System.Text;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The header of an image, checked.</summary>
internal sealed record Qcow2Header
{
    public required int Version { get; init; }

    public required Qcow2Geometry Geometry { get; init; }

    /// <summary>The disk's size in bytes.</summary>
    public required ulong Size { get; init; }

    public required int L1Size { get; init; }

    public required ulong L1TableOffset { get; init; }

    public required ulong RefcountTableOffset { get; init; }

    public required uint RefcountTableClusters { get; init; }

    public required uint Snapshots { get; init; }

    public required ulong SnapshotsOffset { get; init; }

    public required ulong IncompatibleFeatures { get; init; }

    public required ulong AutoclearFeatures { get; init; }

    public required byte CompressionType { get; init; }

    /// <summary>The backing file's name as it stands in the image; null without one.</summary>
    public string? BackingFile { get; init; }

    /// <summary>The backing file's format as the image states it.</summary>
    public string? BackingFormat { get; init; }

    /// <summary>Reads a header.</summary>
    /// <param name="name">The image, for messages.</param>
    /// <param name="head">The file's first bytes: the first cluster, or the whole file where it is shorter.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <exception cref="DiskFormatException">It is no image that can be used.</exception>
    public static Qcow2Header Parse(string name, ReadOnlySpan<byte> head, ulong length)
    {
        Require(name, head.Length >= Qcow2Format.HeaderSizeV2, $"is no qcow2 image: it has {length} bytes, fewer than a header");
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(head);
        Require(name, magic == Qcow2Format.Magic, $"is no qcow2 image: it begins with 0x{magic:x8}, not 0x{Qcow2Format.Magic:x8}");
        uint version = Word(head, 4);
        Require(name, version is 2 or 3, $"is a qcow2 image of version {version}; versions 2 and 3 can be used");
        uint crypt = Word(head, 32);
        Require(name, crypt == 0, $"is encrypted (method {crypt}), which cannot be used");
        uint clusterBits = Word(head, 20);
        Require(
            name,
            clusterBits is >= Qcow2Format.MinClusterBits and <= Qcow2Format.MaxClusterBits,
            $"has cluster_bits {clusterBits}; {Qcow2Format.MinClusterBits} to {Qcow2Format.MaxClusterBits} are possible");
        int headerLength = HeaderLength(name, head, version, 1 << (int)clusterBits);
        Qcow2Header header = new()
        {
            Version = (int)version,
            Geometry = new Qcow2Geometry((int)clusterBits, RefcountOrderOf(name, head, version)),
            Size = Long(head, 24),
            L1Size = L1SizeOf(name, head),
            L1TableOffset = Long(head, 40),
            RefcountTableOffset = Long(head, 48),
            RefcountTableClusters = Word(head, 56),
            Snapshots = Word(head, 60),
            SnapshotsOffset = Long(head, 64),
            IncompatibleFeatures = version < 3 ? 0 : Long(head, 72),
            AutoclearFeatures = version < 3 ? 0 : Long(head, 88),
            CompressionType = headerLength > Qcow2Format.CompressionTypeOffset ? head[Qcow2Format.CompressionTypeOffset] : Qcow2Format.CompressionZlib,
            BackingFile = BackingName(name, head, (int)clusterBits),
        };
        int room = Math.Min(head.Length, 1 << (int)clusterBits);
        Qcow2Extensions extensions = Qcow2Extensions.Parse(name, head, headerLength, header.BackingFile is null ? room : (int)Long(head, 8));
        RefuseFeatures(name, header, extensions);
        CheckPlaces(name, header, length);
        return header with { BackingFormat = extensions.BackingFormat };
    }

    private static uint Word(ReadOnlySpan<byte> head, int offset) => BinaryPrimitives.ReadUInt32BigEndian(head[offset..]);

    private static ulong Long(ReadOnlySpan<byte> head, int offset) => BinaryPrimitives.ReadUInt64BigEndian(head[offset..]);

    private static int HeaderLength(string name, ReadOnlySpan<byte> head, uint version, int clusterSize)
    {
        if (version < 3)
        {
            return Qcow2Format.HeaderSizeV2;
        }

        Require(name, head.Length >= Qcow2Format.HeaderSizeV3, $"is cut short in its header of {Qcow2Format.HeaderSizeV3} bytes");
        uint length = Word(head, 100);
        bool good = length >= Qcow2Format.HeaderSizeV3 && length % 8 == 0 && length <= Math.Min(head.Length, clusterSize);
        Require(name, good, $"has a header of {length} bytes; multiples of 8 from {Qcow2Format.HeaderSizeV3} to its cluster size are possible");
        return (int)length;
    }

    private static int RefcountOrderOf(string name, ReadOnlySpan<byte> head, uint version)
    {
        uint order = version < 3 ? Qcow2Format.RefcountOrderV2 : Word(head, 96);
        Require(name, order <= Qcow2Format.MaxRefcountOrder, $"has refcount_order {order}; 0 to {Qcow2Format.MaxRefcountOrder} are possible");
        return (int)order;
    }

    private static int L1SizeOf(string name, ReadOnlySpan<byte> head)
    {
        uint entries = Word(head, 36);
        const uint Most = Qcow2Format.MaxL1Bytes / Qcow2Format.EntrySize;
        Require(name, entries <= Most, $"has an L1 table of {entries} entries; at most {Most} are possible");
        return (int)entries;
    }

    private static string? BackingName(string name, ReadOnlySpan<byte> head, int clusterBits)
    {
        ulong offset = Long(head, 8);
        uint size = Word(head, 16);
        if (offset == 0)
        {
            return null;
        }

        int room = Math.Min(head.Length, 1 << clusterBits);
        bool good = size is > 0 and <= Qcow2Format.MaxBackingName && offset <= (ulong)room && size <= (ulong)room - offset;
        Require(name, good, $"has the name of its backing file, {size} bytes at {offset}, outside of its first cluster or longer than {Qcow2Format.MaxBackingName} bytes");
        return Encoding.UTF8.GetString(head.Slice((int)offset, (int)size));
    }

    private static void RefuseFeatures(string name, Qcow2Header header, Qcow2Extensions extensions)
    {
        const ulong Known = Qcow2Format.IncompatibleDirty | Qcow2Format.IncompatibleCorrupt | Qcow2Format.IncompatibleCompression;
        ulong unknown = header.IncompatibleFeatures & ~Known;
        if (unknown != 0)
        {
            int bit = System.Numerics.BitOperations.TrailingZeroCount(unknown);
            throw new DiskFormatException(name, $"needs a feature that is not supported: {extensions.IncompatibleName(bit)}");
        }

        bool compression = (header.IncompatibleFeatures & Qcow2Format.IncompatibleCompression) != 0;
        Require(name, compression == (header.CompressionType != Qcow2Format.CompressionZlib), $"states compression type {header.CompressionType} without the feature bit for it, or the bit without a type");
        Require(name, header.CompressionType <= Qcow2Format.CompressionZstd, $"has compression type {header.CompressionType}; 0 (zlib) and 1 (zstd) can be used");
    }

    private static void CheckPlaces(string name, Qcow2Header header, ulong length)
    {
        Require(name, header.Size is > 0 and <= long.MaxValue && header.Size % 512 == 0, $"has {header.Size} bytes of content, which is not a number of whole sectors");
        ulong needed = header.Geometry.L1EntriesFor(header.Size);
        Require(name, (ulong)header.L1Size >= needed, $"has an L1 table of {header.L1Size} entries, where {header.Size} bytes need {needed}");
        ulong l1Bytes = (ulong)header.L1Size * Qcow2Format.EntrySize;
        Require(name, Fits(header, header.L1TableOffset, l1Bytes, length), $"has its L1 table, {l1Bytes} bytes at {header.L1TableOffset}, outside of the file or in the header");
        ulong most = Math.Max(1, (ulong)Qcow2Format.MaxRefcountTableBytes >> header.Geometry.ClusterBits);
        Require(name, header.RefcountTableClusters > 0 && header.RefcountTableClusters <= most, $"has a refcount table of {header.RefcountTableClusters} clusters; 1 to {most} are possible");
        ulong tableBytes = (ulong)header.RefcountTableClusters << header.Geometry.ClusterBits;
        Require(
            name,
            Fits(header, header.RefcountTableOffset, tableBytes, header.Geometry.RoundUp(length)),
            $"has its refcount table, {tableBytes} bytes at {header.RefcountTableOffset}, outside of the file or in the header");
        Require(name, header.Snapshots <= Qcow2Format.MaxSnapshots, $"has {header.Snapshots} snapshots; at most {Qcow2Format.MaxSnapshots} are possible");
    }

    private static bool Fits(Qcow2Header header, ulong offset, ulong bytes, ulong length) =>
        offset != 0 && header.Geometry.Within(offset) == 0 && offset <= length && bytes <= length - offset;

    private static void Require(string name, bool good, FormattableString fault)
    {
        if (!good)
        {
            throw new DiskFormatException(name, FormattableString.Invariant(fault));
        }
    }
}
