namespace Virtio.Block;

/// <summary>Numbers of the block device (virtio 1.3, section 5.2; Linux <c>include/uapi/linux/virtio_blk.h</c>). Features are masks.</summary>
internal static class VirtioBlk
{
    internal const ulong VIRTIO_BLK_F_SEG_MAX = 1UL << 2;
    internal const ulong VIRTIO_BLK_F_RO = 1UL << 5;
    internal const ulong VIRTIO_BLK_F_BLK_SIZE = 1UL << 6;
    internal const ulong VIRTIO_BLK_F_FLUSH = 1UL << 9;
    internal const ulong VIRTIO_BLK_F_TOPOLOGY = 1UL << 10;
    internal const ulong VIRTIO_BLK_F_MQ = 1UL << 12;
    internal const ulong VIRTIO_BLK_F_DISCARD = 1UL << 13;
    internal const ulong VIRTIO_BLK_F_WRITE_ZEROES = 1UL << 14;

    internal const uint VIRTIO_BLK_T_IN = 0;
    internal const uint VIRTIO_BLK_T_OUT = 1;
    internal const uint VIRTIO_BLK_T_FLUSH = 4;
    internal const uint VIRTIO_BLK_T_GET_ID = 8;
    internal const uint VIRTIO_BLK_T_DISCARD = 11;
    internal const uint VIRTIO_BLK_T_WRITE_ZEROES = 13;

    internal const byte VIRTIO_BLK_S_OK = 0;
    internal const byte VIRTIO_BLK_S_IOERR = 1;
    internal const byte VIRTIO_BLK_S_UNSUPP = 2;

    internal const uint VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP = 1;
    internal const int VIRTIO_BLK_ID_BYTES = 20;

    /// <summary>The unit of every sector number, whatever the block size.</summary>
    internal const uint SectorSize = 512;

    /// <summary>Ranges of one discard or write-zeroes request.</summary>
    internal const int MaxRanges = 32;
}
