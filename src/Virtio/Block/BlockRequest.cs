using Virtio.Queues;

namespace Virtio.Block;

/// <summary>A request of the guest in flight. Used again and again; the block thread's, but for what <see cref="RunRanges"/> reads.</summary>
internal sealed class BlockRequest : ILinked<BlockRequest>
{
    private BlockRange[]? _ranges;

    internal BlockQueue Queue { get; set; } = null!;

    internal DescriptorChain Chain { get; set; } = null!;

    internal uint Type { get; set; }

    /// <summary>First byte on the disk.</summary>
    internal ulong Offset { get; set; }

    /// <summary>Bytes of data.</summary>
    internal uint Length { get; set; }

    /// <summary>Bytes of data for which parts were made.</summary>
    internal uint Issued { get; set; }

    /// <summary>Parts that are out.</summary>
    internal int Pending { get; set; }

    /// <summary>What the guest will read in the last byte.</summary>
    internal byte Status { get; set; }

    /// <summary>It waits in a list until it can go on.</summary>
    internal bool IsParked { get; set; }

    /// <summary>A flush follows before the write counts as done.</summary>
    internal bool NeedsFlush { get; set; }

    /// <inheritdoc/>
    public BlockRequest? Next { get; set; }

    internal int RangeCount { get; private set; }

    internal bool IsWrite => Type == VirtioBlk.VIRTIO_BLK_T_OUT;

    /// <summary>Copies the ranges of a discard or write-zeroes request out of guest memory and checks the copies.</summary>
    /// <param name="length">Bytes of them.</param>
    /// <param name="capacity">The disk's size in sectors.</param>
    /// <returns>The status with which the request fails, or <see cref="VirtioBlk.VIRTIO_BLK_S_OK"/>.</returns>
    internal byte ReadRanges(uint length, ulong capacity)
    {
        if (length == 0 || length % BlockRange.Length != 0 || length / BlockRange.Length > VirtioBlk.MaxRanges)
        {
            return VirtioBlk.VIRTIO_BLK_S_IOERR;
        }

        _ranges ??= new BlockRange[VirtioBlk.MaxRanges];
        RangeCount = (int)length / BlockRange.Length;
        for (int i = 0; i < RangeCount; i++)
        {
            if (!Chain.TryRead((uint)(BlockHeader.Length + (i * BlockRange.Length)), out BlockRange range))
            {
                return VirtioBlk.VIRTIO_BLK_S_IOERR;
            }

            uint allowed = Type == VirtioBlk.VIRTIO_BLK_T_WRITE_ZEROES ? VirtioBlk.VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
            if ((range.Flags & ~allowed) != 0)
            {
                return VirtioBlk.VIRTIO_BLK_S_UNSUPP;
            }

            if (range.Sector > capacity || range.SectorCount > capacity - range.Sector)
            {
                return VirtioBlk.VIRTIO_BLK_S_IOERR;
            }

            _ranges[i] = range;
        }

        return VirtioBlk.VIRTIO_BLK_S_OK;
    }

    /// <summary>Gives the ranges back or zeroes them; on a worker.</summary>
    /// <returns>0 or an errno.</returns>
    internal int RunRanges(IDisk disk, bool discard)
    {
        foreach (BlockRange range in _ranges.AsSpan(0, RangeCount))
        {
            ulong offset = range.Sector * VirtioBlk.SectorSize;
            ulong length = (ulong)range.SectorCount * VirtioBlk.SectorSize;
            int error = length == 0 ? 0
                : discard ? disk.Discard(offset, length)
                : disk.WriteZeroes(offset, length, (range.Flags & VirtioBlk.VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) != 0);
            if (error != 0)
            {
                return error;
            }
        }

        return 0;
    }
}
