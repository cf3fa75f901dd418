using System.Buffers.Binary;
using System.Numerics;

namespace Virtio.Block;

/// <summary>The device's configuration, <c>struct virtio_blk_config</c> (linux/virtio_blk.h).</summary>
internal static class BlockConfiguration
{
    /// <summary>Bytes; the fields behind are of features that are not offered.</summary>
    internal const int Length = 60;

    // A disk's file lies in pages of the host; a guest that aligns to them spares the host reading before writing.
    private const uint PhysicalBlockSize = 4096;

    /// <summary>Writes it.</summary>
    /// <param name="place">Takes <see cref="Length"/> bytes.</param>
    /// <param name="options">The device's options.</param>
    /// <param name="capacity">The disk's size in sectors of 512 bytes.</param>
    internal static void Write(Span<byte> place, BlockDeviceOptions options, ulong capacity)
    {
        place[..Length].Clear();
        uint sectors = options.BlockSize / VirtioBlk.SectorSize;
        uint physical = Math.Max(PhysicalBlockSize, options.BlockSize);
        BinaryPrimitives.WriteUInt64LittleEndian(place, capacity);
        // Room for header and status in a queue without indirect descriptors.
        BinaryPrimitives.WriteUInt32LittleEndian(place[12..], SegmentMax(options));
        BinaryPrimitives.WriteUInt32LittleEndian(place[20..], options.BlockSize);
        place[24] = (byte)BitOperations.Log2(physical / options.BlockSize); // physical_block_exp
        BinaryPrimitives.WriteUInt16LittleEndian(place[26..], (ushort)(physical / options.BlockSize)); // min_io_size
        BinaryPrimitives.WriteUInt16LittleEndian(place[34..], (ushort)options.QueueCount);
        BinaryPrimitives.WriteUInt32LittleEndian(place[36..], uint.MaxValue); // max_discard_sectors
        BinaryPrimitives.WriteUInt32LittleEndian(place[40..], VirtioBlk.MaxRanges);
        BinaryPrimitives.WriteUInt32LittleEndian(place[44..], Math.Max(PhysicalBlockSize / VirtioBlk.SectorSize, sectors)); // discard_sector_alignment
        BinaryPrimitives.WriteUInt32LittleEndian(place[48..], uint.MaxValue); // max_write_zeroes_sectors
        BinaryPrimitives.WriteUInt32LittleEndian(place[52..], VirtioBlk.MaxRanges);
        place[56] = 1; // write_zeroes_may_unmap
    }

    private static uint SegmentMax(BlockDeviceOptions options) => Math.Max(1u, options.QueueSize - 2u);
}
