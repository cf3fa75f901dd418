using System.Buffers.Binary;
using BootLoader.Blocks;
using BootLoader.Cryptography;

namespace BootLoader.Super;

/// <summary>Where the metadata lies (liblp, LpMetadataGeometry), checked.</summary>
/// <remarks>Allocates nothing and throws nothing, so programs without a runtime share it.</remarks>
internal readonly struct LpGeometry
{
    private LpGeometry(ReadOnlySpan<byte> bytes)
    {
        MetadataMaxSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]);
        SlotCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]);
        BlockSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]);
    }

    /// <summary>Bytes that the metadata of a slot may have, whole sectors and at least one.</summary>
    internal uint MetadataMaxSize { get; }

    /// <summary>The slots, each with its copy.</summary>
    internal uint SlotCount { get; }

    /// <summary>Bytes of a logical block, whole sectors.</summary>
    internal uint BlockSize { get; }

    /// <summary>Where the last copy of the metadata ends, in bytes. Less than 2^38.</summary>
    internal ulong MetadataEnd => LpFormat.MetadataStart + (2UL * SlotCount * MetadataMaxSize);

    /// <summary>Where the metadata of a slot lies, in sectors.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="isCopy">Whether it is the copy.</param>
    internal ulong MetadataSector(uint slot, bool isCopy) =>
        (LpFormat.MetadataStart + ((slot + (isCopy ? (ulong)SlotCount : 0)) * MetadataMaxSize)) / Sectors.Size;

    /// <summary>Reads a geometry.</summary>
    /// <param name="sector">The sector that it begins in; the checksum is cleared.</param>
    /// <param name="geometry">The geometry, usable when nothing is wrong.</param>
    internal static LpFault Read<TDigest>(Span<byte> sector, out LpGeometry geometry)
        where TDigest : IDigest
    {
        Span<byte> bytes = sector[..LpFormat.GeometrySize];
        geometry = new LpGeometry(bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != LpFormat.GeometryMagic)
        {
            return LpFault.NoGeometry;
        }

        // Of another size it is one of a format that is not known, and so is where its checksum ends.
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != LpFormat.GeometrySize)
        {
            return LpFault.BadGeometry;
        }

        if (!LpChecksum.IsOwn<TDigest>(bytes, LpFormat.GeometryChecksumOffset))
        {
            return LpFault.BadGeometryChecksum;
        }

        bool isGood = geometry.SlotCount is > 0 and <= LpFormat.MostSlots && geometry.MetadataMaxSize >= Sectors.Size &&
            geometry.MetadataMaxSize % Sectors.Size == 0 &&
            geometry.BlockSize > 0 && geometry.BlockSize % Sectors.Size == 0;
        return isGood ? LpFault.None : LpFault.BadGeometry;
    }
}
