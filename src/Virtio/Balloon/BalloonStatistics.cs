using System.Buffers.Binary;
using static Virtio.Balloon.BalloonAbi;

namespace Virtio.Balloon;

/// <summary>What a guest says of its memory, in bytes and events; null for what it does not say.</summary>
public readonly record struct BalloonStatistics
{
    /// <summary>The most that a buffer of the driver is read for: every tag there is, several times.</summary>
    internal const int MaxBytes = 64 * StatisticSize;

    /// <summary>Bytes swapped in.</summary>
    public ulong? SwapIn { get; init; }

    /// <summary>Bytes swapped out.</summary>
    public ulong? SwapOut { get; init; }

    /// <summary>Page faults that waited for a disk.</summary>
    public ulong? MajorFaults { get; init; }

    /// <summary>Page faults that did not.</summary>
    public ulong? MinorFaults { get; init; }

    /// <summary>Bytes that nothing uses.</summary>
    public ulong? FreeMemory { get; init; }

    /// <summary>Bytes that the guest has, without those in the balloon unless they count as its own.</summary>
    public ulong? TotalMemory { get; init; }

    /// <summary>Bytes that programs could get without swapping.</summary>
    public ulong? AvailableMemory { get; init; }

    /// <summary>Bytes of cached files.</summary>
    public ulong? DiskCaches { get; init; }

    /// <summary>Huge pages allocated.</summary>
    public ulong? HugetlbAllocations { get; init; }

    /// <summary>Huge pages that could not be allocated.</summary>
    public ulong? HugetlbFailures { get; init; }

    /// <summary>Bytes of shared memory (Android, ChromeOS).</summary>
    public ulong? SharedMemory { get; init; }

    /// <summary>Bytes that cannot be reclaimed (Android, ChromeOS).</summary>
    public ulong? UnevictableMemory { get; init; }

    /// <summary>Processes ended for want of memory.</summary>
    public ulong? OomKills { get; init; }

    /// <summary>Allocations that had to wait for memory.</summary>
    public ulong? AllocationStalls { get; init; }

    /// <summary>Pages looked at in the background.</summary>
    public ulong? AsyncScans { get; init; }

    /// <summary>Pages looked at by an allocation.</summary>
    public ulong? DirectScans { get; init; }

    /// <summary>Pages reclaimed in the background.</summary>
    public ulong? AsyncReclaims { get; init; }

    /// <summary>Pages reclaimed by an allocation.</summary>
    public ulong? DirectReclaims { get; init; }

    /// <summary>Reads <c>struct virtio_balloon_stat</c>s; of a tag that comes twice the last counts, unknown tags and a rest are left out.</summary>
    internal static BalloonStatistics Parse(ReadOnlySpan<byte> bytes)
    {
        BalloonStatistics statistics = default;
        for (; bytes.Length >= StatisticSize; bytes = bytes[StatisticSize..])
        {
            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            statistics = statistics.With(tag, BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ushort)..]));
        }

        return statistics;
    }

    private BalloonStatistics With(ushort tag, ulong value) => tag switch
    {
        VIRTIO_BALLOON_S_SWAP_IN => this with { SwapIn = value },
        VIRTIO_BALLOON_S_SWAP_OUT => this with { SwapOut = value },
        VIRTIO_BALLOON_S_MAJFLT => this with { MajorFaults = value },
        VIRTIO_BALLOON_S_MINFLT => this with { MinorFaults = value },
        VIRTIO_BALLOON_S_MEMFREE => this with { FreeMemory = value },
        VIRTIO_BALLOON_S_MEMTOT => this with { TotalMemory = value },
        VIRTIO_BALLOON_S_AVAIL => this with { AvailableMemory = value },
        VIRTIO_BALLOON_S_CACHES => this with { DiskCaches = value },
        VIRTIO_BALLOON_S_HTLB_PGALLOC => this with { HugetlbAllocations = value },
        VIRTIO_BALLOON_S_HTLB_PGFAIL => this with { HugetlbFailures = value },
        VIRTIO_BALLOON_S_OOM_KILL => this with { OomKills = value },
        VIRTIO_BALLOON_S_ALLOC_STALL => this with { AllocationStalls = value },
        VIRTIO_BALLOON_S_ASYNC_SCAN => this with { AsyncScans = value },
        VIRTIO_BALLOON_S_DIRECT_SCAN => this with { DirectScans = value },
        VIRTIO_BALLOON_S_ASYNC_RECLAIM => this with { AsyncReclaims = value },
        VIRTIO_BALLOON_S_DIRECT_RECLAIM => this with { DirectReclaims = value },
        VIRTIO_BALLOON_S_NONSTANDARD_SHMEM => this with { SharedMemory = value },
        VIRTIO_BALLOON_S_NONSTANDARD_UNEVICTABLE => this with { UnevictableMemory = value },
        _ => this,
    };
}
