namespace Virtio.Balloon;

/// <summary>
/// Numbers of a memory balloon (virtio 1.3, section 5.5; Linux <c>include/uapi/linux/virtio_balloon.h</c>), the features as masks.
/// </summary>
internal static class BalloonAbi
{
    public const ulong VIRTIO_BALLOON_F_MUST_TELL_HOST = 1 << 0;
    public const ulong VIRTIO_BALLOON_F_STATS_VQ = 1 << 1;
    public const ulong VIRTIO_BALLOON_F_DEFLATE_ON_OOM = 1 << 2;
    public const ulong VIRTIO_BALLOON_F_REPORTING = 1 << 5;

    /// <summary>A page of the balloon is 4 KiB, whatever the guest's and the host's are.</summary>
    public const int VIRTIO_BALLOON_PFN_SHIFT = 12;

    public const int InflateQueue = 0;
    public const int DeflateQueue = 1;
    public const int StatisticsQueue = 2;

    /// <summary>Bytes of <c>struct virtio_balloon_config</c>: num_pages, actual, free_page_hint_cmd_id, poison_val (32 bits each).</summary>
    public const int ConfigurationSize = 16;

    /// <summary>Where <c>actual</c>, the only member that the driver writes here, lies in it.</summary>
    public const int ActualOffset = 4;

    /// <summary>Bytes of <c>struct virtio_balloon_stat</c>: a tag of 16 bits and a value of 64, packed.</summary>
    public const int StatisticSize = 10;

    // Tags of statistics. The last two are Android's and ChromeOS's.
    public const ushort VIRTIO_BALLOON_S_SWAP_IN = 0;
    public const ushort VIRTIO_BALLOON_S_SWAP_OUT = 1;
    public const ushort VIRTIO_BALLOON_S_MAJFLT = 2;
    public const ushort VIRTIO_BALLOON_S_MINFLT = 3;
    public const ushort VIRTIO_BALLOON_S_MEMFREE = 4;
    public const ushort VIRTIO_BALLOON_S_MEMTOT = 5;
    public const ushort VIRTIO_BALLOON_S_AVAIL = 6;
    public const ushort VIRTIO_BALLOON_S_CACHES = 7;
    public const ushort VIRTIO_BALLOON_S_HTLB_PGALLOC = 8;
    public const ushort VIRTIO_BALLOON_S_HTLB_PGFAIL = 9;
    public const ushort VIRTIO_BALLOON_S_OOM_KILL = 10;
    public const ushort VIRTIO_BALLOON_S_ALLOC_STALL = 11;
    public const ushort VIRTIO_BALLOON_S_ASYNC_SCAN = 12;
    public const ushort VIRTIO_BALLOON_S_DIRECT_SCAN = 13;
    public const ushort VIRTIO_BALLOON_S_ASYNC_RECLAIM = 14;
    public const ushort VIRTIO_BALLOON_S_DIRECT_RECLAIM = 15;
    public const ushort VIRTIO_BALLOON_S_NONSTANDARD_SHMEM = 65534;
    public const ushort VIRTIO_BALLOON_S_NONSTANDARD_UNEVICTABLE = 65535;
}
