using Kvm.Interop.Events;
using Virtio.Queues;

namespace Virtio.Block;

/// <summary>A queue of a block device while the device is active; the block thread's.</summary>
internal sealed class BlockQueue(BlockDevice device, Virtqueue ring, EventFd kick)
{
    internal BlockDevice Device { get; } = device;

    internal Virtqueue Ring { get; } = ring;

    internal EventFd Kick { get; } = kick;

    /// <summary>The engine's number of the watch of <see cref="Kick"/>.</summary>
    internal int Watch { get; set; } = -1;

    /// <summary>It stands in the thread's list of queues to look at; the driver need not notify.</summary>
    internal bool IsAwake { get; set; }

    /// <summary>The device was reset: neither rings nor buffers may be touched.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Buffers were given back and not yet shown to the driver.</summary>
    internal bool HasUnpublished { get; set; }
}
