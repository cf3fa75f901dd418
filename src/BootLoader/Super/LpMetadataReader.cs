using BootLoader.Blocks;
using BootLoader.Cryptography;

namespace BootLoader.Super;

/// <summary>Reads the logical partitions of a disk: by the first copy of geometry and metadata, or, where that cannot be used, by the second one.</summary>
/// <remarks>
/// Allocates nothing and throws nothing, so programs without a runtime share it. Each sector is read once, into the caller's memory: what is
/// checked is what is used. The checksums tell damage, not malice; whoever wrote the disk chose where the partitions lie.
/// </remarks>
public static class LpMetadataReader
{
    /// <summary>Reads the metadata of a slot.</summary>
    /// <param name="super">The disk or partition that begins with the metadata.</param>
    /// <param name="slot">The slot: 0 is <c>_a</c>, 1 is <c>_b</c>.</param>
    /// <param name="memory">Takes the metadata: whole sectors, at least one; <see cref="LpFormat.UsualMemory"/> bytes are enough for most.</param>
    /// <param name="metadata">The metadata, in <paramref name="memory"/>; usable when nothing is wrong.</param>
    /// <returns><see cref="LpFault.None"/>, or what is wrong with the first copy when the second one is no good either.</returns>
    public static LpFault Read<TStore, TDigest>(ref TStore super, uint slot, Span<byte> memory, out LpMetadata metadata)
        where TStore : struct, IBlockStore
        where TDigest : IDigest
    {
        metadata = default;
        if (memory.Length < Sectors.Size)
        {
            return LpFault.TooLarge;
        }

        memory = memory[..(memory.Length / Sectors.Size * Sectors.Size)];
        LpFault fault = ReadGeometry<TStore, TDigest>(ref super, memory[..Sectors.Size], out LpGeometry geometry);
        if (fault != LpFault.None)
        {
            return fault;
        }

        if (slot >= geometry.SlotCount)
        {
            return LpFault.NoSlot;
        }

        fault = ReadCopy<TStore, TDigest>(ref super, geometry, geometry.MetadataSector(slot, isCopy: false), memory, out metadata);
        if (fault is LpFault.None or LpFault.DiskFailed)
        {
            return fault;
        }

        LpFault second = ReadCopy<TStore, TDigest>(ref super, geometry, geometry.MetadataSector(slot, isCopy: true), memory, out metadata);
        return second is LpFault.None or LpFault.DiskFailed ? second : fault;
    }

    private static LpFault ReadGeometry<TStore, TDigest>(ref TStore super, Span<byte> sector, out LpGeometry geometry)
        where TStore : struct, IBlockStore
        where TDigest : IDigest
    {
        LpFault fault = ReadGeometryAt<TStore, TDigest>(ref super, LpFormat.ReservedSize, sector, out geometry);
        if (fault is LpFault.None or LpFault.DiskFailed)
        {
            return fault;
        }

        LpFault second = ReadGeometryAt<TStore, TDigest>(ref super, LpFormat.ReservedSize + LpFormat.GeometryArea, sector, out geometry);
        return second is LpFault.None or LpFault.DiskFailed ? second : fault;
    }

    private static LpFault ReadGeometryAt<TStore, TDigest>(ref TStore super, int offset, Span<byte> sector, out LpGeometry geometry)
        where TStore : struct, IBlockStore
        where TDigest : IDigest
    {
        geometry = default;
        if (!Sectors.AreInside(super.SectorCount, (ulong)offset / Sectors.Size, Sectors.Size))
        {
            return LpFault.TooSmall;
        }

        if (!super.Read((ulong)offset / Sectors.Size, sector))
        {
            return LpFault.DiskFailed;
        }

        LpFault fault = LpGeometry.Read<TDigest>(sector, out geometry);
        return fault == LpFault.None && geometry.MetadataEnd / Sectors.Size > super.SectorCount ? LpFault.TooSmall : fault;
    }

    private static LpFault ReadCopy<TStore, TDigest>(
        ref TStore super, scoped in LpGeometry geometry, ulong place, Span<byte> memory, out LpMetadata metadata)
        where TStore : struct, IBlockStore
        where TDigest : IDigest
    {
        metadata = default;
        if (!super.Read(place, memory[..Sectors.Size]))
        {
            return LpFault.DiskFailed;
        }

        LpFault fault = LpHeader.Read<TDigest>(memory[..Sectors.Size], geometry.MetadataMaxSize, out LpHeader header);
        if (fault != LpFault.None)
        {
            return fault;
        }

        uint size = header.Size + header.TablesSize;
        if (size > (uint)memory.Length)
        {
            return LpFault.TooLarge;
        }

        int whole = (int)((size + Sectors.Size - 1) / Sectors.Size * Sectors.Size);
        if (whole > Sectors.Size && !super.Read(place + 1, memory[Sectors.Size..whole]))
        {
            return LpFault.DiskFailed;
        }

        ReadOnlySpan<byte> tables = memory[(int)header.Size..(int)size];
        // The header lies in memory still, as it was checked.
        if (!LpChecksum.Is<TDigest>(tables, memory.Slice(LpFormat.TablesChecksumOffset, LpFormat.ChecksumSize)))
        {
            return LpFault.BadTablesChecksum;
        }

        var read = new LpMetadata(tables, header);
        fault = read.Check(super.SectorCount, geometry.MetadataEnd);
        if (fault == LpFault.None)
        {
            metadata = read;
        }

        return fault;
    }
}
