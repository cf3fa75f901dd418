using System.Numerics;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;

namespace Virtio.Pci;

/// <summary>What the driver has written about one queue. It can change until the queue is enabled. Under the function's lock.</summary>
internal sealed class QueueRegisters
{
    private readonly int _index;
    private readonly ushort _maxSize;

    /// <param name="index">The queue's number.</param>
    /// <param name="maxSize">The largest size the device takes.</param>
    internal QueueRegisters(int index, ushort maxSize)
    {
        _index = index;
        _maxSize = maxSize;
        Size = maxSize;
    }

    internal ushort Size { get; private set; }

    internal bool IsEnabled { get; private set; }

    internal ulong DescriptorArea { get; private set; }

    internal ulong DriverArea { get; private set; }

    internal ulong DeviceArea { get; private set; }

    internal void SetSize(ushort value) => Size = IsEnabled ? Size : value;

    internal void SetDescriptorArea(ulong value) => DescriptorArea = IsEnabled ? DescriptorArea : value;

    internal void SetDriverArea(ulong value) => DriverArea = IsEnabled ? DriverArea : value;

    internal void SetDeviceArea(ulong value) => DeviceArea = IsEnabled ? DeviceArea : value;

    /// <summary>A store of 1 enables; nothing but a reset disables again (virtio 1.3, 4.1.4.3.2).</summary>
    internal void SetEnable(ushort value) => IsEnabled |= value == 1;

    internal void Reset()
    {
        IsEnabled = false;
        Size = _maxSize;
        DescriptorArea = 0;
        DriverArea = 0;
        DeviceArea = 0;
    }

    /// <summary>Checks the enabled queue, once, and freezes it (virtio 1.3, 2.7 and 2.8).</summary>
    /// <param name="memory">Where the rings must lie whole.</param>
    /// <param name="packed">VIRTIO_F_RING_PACKED was accepted.</param>
    /// <param name="kick">The queue's notifications.</param>
    /// <param name="interrupt">The queue's interrupt.</param>
    /// <param name="setup">The queue; null when it is refused.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    internal string? Freeze(GuestMemory memory, bool packed, EventFd kick, IQueueInterrupt interrupt, out QueueSetup? setup)
    {
        setup = null;
        if (Size == 0 || Size > _maxSize || (!packed && !BitOperations.IsPow2(Size)))
        {
            string powerOfTwo = packed ? "" : ", a power of two";
            return $"queue {_index} has {Size} descriptors; 1 to {_maxSize}{powerOfTwo}, are possible";
        }

        // Split: descriptors of 16 bytes; flags, index, ring and used_event of 2 bytes each; flags, index, ring of 8 bytes, avail_event.
        // Packed: descriptors of 16 bytes; two event suppression structures of 4 bytes.
        string? fault = packed
            ? Check(memory, "descriptor ring", DescriptorArea, 16, 16UL * Size)
                ?? Check(memory, "driver event suppression", DriverArea, 4, 4)
                ?? Check(memory, "device event suppression", DeviceArea, 4, 4)
            : Check(memory, "descriptor table", DescriptorArea, 16, 16UL * Size)
                ?? Check(memory, "available ring", DriverArea, 2, 6 + (2UL * Size))
                ?? Check(memory, "used ring", DeviceArea, 4, 6 + (8UL * Size));
        if (fault is null)
        {
            setup = new QueueSetup(
                _index, Size, new GuestAddress(DescriptorArea), new GuestAddress(DriverArea), new GuestAddress(DeviceArea), kick, interrupt);
        }

        return fault;
    }

    private string? Check(GuestMemory memory, string area, ulong address, ulong alignment, ulong length)
    {
        var start = new GuestAddress(address);
        return !start.IsAligned(alignment) ? $"queue {_index}: the {area} at {start} is not aligned to {alignment} bytes"
            : !memory.Contains(start, length) ? $"queue {_index}: the {area} of {length} bytes at {start} lies outside guest memory"
            : null;
    }
}
