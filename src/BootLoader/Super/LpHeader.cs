using System.Buffers.Binary;
using BootLoader.Cryptography;

namespace BootLoader.Super;

/// <summary>The header of a slot's metadata (liblp, LpMetadataHeader), checked.</summary>
/// <remarks>Allocates nothing and throws nothing, so programs without a runtime share it.</remarks>
internal readonly struct LpHeader
{
    private LpHeader(ReadOnlySpan<byte> bytes)
    {
        MinorVersion = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        Size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        TablesSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]);
        Partitions = new LpTable(bytes, 0);
        Extents = new LpTable(bytes, 1);
        Groups = new LpTable(bytes, 2);
        BlockDevices = new LpTable(bytes, 3);
    }

    /// <summary>The minor version; the major one is <see cref="LpFormat.MajorVersion"/>.</summary>
    internal ushort MinorVersion { get; }

    /// <summary>Its own bytes; the tables follow.</summary>
    internal uint Size { get; }

    /// <summary>Bytes of all tables.</summary>
    internal uint TablesSize { get; }

    internal LpTable Partitions { get; }

    internal LpTable Extents { get; }

    internal LpTable Groups { get; }

    internal LpTable BlockDevices { get; }

    /// <summary>Reads a header.</summary>
    /// <param name="sector">The sector that it begins in; its own checksum is cleared.</param>
    /// <param name="maxSize">Bytes that header and tables may have.</param>
    /// <param name="header">The header, usable when nothing is wrong.</param>
    internal static LpFault Read<TDigest>(Span<byte> sector, uint maxSize, out LpHeader header)
        where TDigest : IDigest
    {
        header = new LpHeader(sector);
        if (BinaryPrimitives.ReadUInt32LittleEndian(sector) != LpFormat.HeaderMagic)
        {
            return LpFault.NoHeader;
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(sector[4..]) != LpFormat.MajorVersion || header.MinorVersion > LpFormat.NewestMinorVersion)
        {
            return LpFault.BadVersion;
        }

        if (header.Size != (header.MinorVersion >= LpFormat.VersionOfExpandedHeader ? LpFormat.ExpandedHeaderSize : LpFormat.HeaderSize))
        {
            return LpFault.BadHeaderSize;
        }

        if (!LpChecksum.IsOwn<TDigest>(sector[..(int)header.Size], LpFormat.HeaderChecksumOffset))
        {
            return LpFault.BadHeaderChecksum;
        }

        uint size = header.TablesSize;
        bool fits = header.Size <= maxSize && size <= maxSize - header.Size &&
            header.Partitions.Fits(size, LpFormat.PartitionSize) && header.Extents.Fits(size, LpFormat.ExtentSize) &&
            header.Groups.Fits(size, LpFormat.GroupSize) && header.BlockDevices.Fits(size, LpFormat.BlockDeviceSize);
        return fits ? LpFault.None : LpFault.BadTables;
    }
}
