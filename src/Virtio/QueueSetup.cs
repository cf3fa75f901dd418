using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Queues;

namespace Virtio;

/// <summary>An enabled queue: place and size as the transport checked them. The driver cannot move it any more.</summary>
/// <param name="Index">The queue's number.</param>
/// <param name="Size">The number of descriptors, at most 32768; a power of two for a split queue.</param>
/// <param name="DescriptorArea">Descriptor table, or packed ring.</param>
/// <param name="DriverArea">Available ring, or driver event suppression.</param>
/// <param name="DeviceArea">Used ring, or device event suppression.</param>
/// <param name="Kick">Signalled when the driver notifies the queue (ioeventfd).</param>
/// <param name="Interrupt">Interrupts the driver for this queue.</param>
public sealed record QueueSetup(
    int Index,
    ushort Size,
    GuestAddress DescriptorArea,
    GuestAddress DriverArea,
    GuestAddress DeviceArea,
    EventFd Kick,
    IQueueInterrupt Interrupt)
{
    /// <summary>Opens the device's side of the queue, for use by one thread.</summary>
    /// <param name="activation">The activation it belongs to.</param>
    /// <param name="access">How that thread reaches guest memory.</param>
    public Virtqueue Open(DeviceActivation activation, GuestAccess access) =>
        activation.Has(VirtioFeatures.PackedRing) ? new PackedVirtqueue(this, activation, access) : new SplitVirtqueue(this, activation, access);
}
