using Kvm.Interop.Memory;

namespace Virtio.Queues;

/// <summary>A split virtqueue (virtio 1.3, section 2.7): descriptor table, available ring, used ring.</summary>
internal sealed class SplitVirtqueue : Virtqueue
{
    private const ushort VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
    private const ushort VIRTQ_USED_F_NO_NOTIFY = 1;
    private const uint IndexOffset = 2; // in both rings, after the flags
    private const uint RingOffset = 4;

    private readonly GuestAddress _table;
    private readonly GuestAddress _available;
    private readonly GuestAddress _used;
    private readonly GuestAddress _usedEvent;
    private readonly GuestAddress _availableEvent;
    private readonly ushort _mask;
    private ushort _availableIndex; // the driver's, when it was last read
    private ushort _nextAvailable;
    private ushort _nextUsed;
    private ushort _shownUsed;

    internal SplitVirtqueue(QueueSetup setup, DeviceActivation activation, GuestAccess access)
        : base(setup, activation, access)
    {
        _table = setup.DescriptorArea;
        _available = setup.DriverArea;
        _used = setup.DeviceArea;
        _usedEvent = _available + (RingOffset + (2u * Size));
        _availableEvent = _used + (RingOffset + (8u * Size));
        _mask = (ushort)(Size - 1);
    }

    /// <inheritdoc/>
    public override void DisableNotifications()
    {
        // With event indices the driver is silent until the index asked for, which stays behind.
        if (!HasEventIndex && !Access.TryWrite(_used, VIRTQ_USED_F_NO_NOTIFY))
        {
            Break("the used ring cannot be written");
        }
    }

    private protected override bool HasAvailable()
    {
        if (_availableIndex != _nextAvailable)
        {
            return true;
        }

        // Acquire: entries and descriptors that the driver wrote before it moved the index are seen.
        if (!Access.TryLoadAcquire(_available + IndexOffset, out ushort index))
        {
            Break("the available ring cannot be read");
            return false;
        }

        if ((ushort)(index - _nextAvailable) > Size)
        {
            Break("the available index moved by more than the queue's size");
            return false;
        }

        _availableIndex = index;
        return index != _nextAvailable;
    }

    private protected override string? Take(DescriptorChain chain)
    {
        if (!Access.TryRead(_available + (RingOffset + (2u * (uint)(_nextAvailable & _mask))), out ushort head))
        {
            return "the available ring cannot be read";
        }

        if (Walk(chain, head) is { } fault)
        {
            return fault;
        }

        chain.Id = head;
        chain.RingDescriptors = 1; // the driver may not use a head again before its buffer was given back
        _nextAvailable++;
        return null;
    }

    private protected override void Untake(int descriptors) => _nextAvailable--;

    private protected override bool Give(ushort id, int descriptors, uint written)
    {
        // struct virtq_used_elem: id, then length.
        ulong element = id | ((ulong)written << 32);
        return Access.TryWrite(_used + (RingOffset + (8u * (uint)(_nextUsed++ & _mask))), element);
    }

    private protected override bool ShowUsed()
    {
        if (_nextUsed == _shownUsed)
        {
            return false;
        }

        // Release: the driver that sees the index sees the elements, and what the device wrote into the buffers.
        if (!Access.TryStoreRelease(_used + IndexOffset, _nextUsed))
        {
            Break("the used ring cannot be written");
            return false;
        }

        ushort before = _shownUsed;
        _shownUsed = _nextUsed;
        // The driver stores what it wants, fences, and looks at our index; the fence keeps our load behind our store.
        GuestMemoryAtomics.FullFence();
        ushort wanted;
        if (!Access.TryRead(HasEventIndex ? _usedEvent : _available, out wanted))
        {
            Break("the available ring cannot be read");
            return false;
        }

        return HasEventIndex ? IsPassed(wanted, _nextUsed, before) : (wanted & VIRTQ_AVAIL_F_NO_INTERRUPT) == 0;
    }

    private protected override bool AskForNotification()
    {
        if (HasEventIndex ? Access.TryWrite(_availableEvent, _nextAvailable) : Access.TryWrite(_used, (ushort)0))
        {
            return true;
        }

        Break("the used ring cannot be written");
        return false;
    }

    private string? Walk(DescriptorChain chain, ushort head)
    {
        GuestAddress table = _table;
        uint tableSize = Size;
        uint index = head;
        bool indirect = false;
        uint seen = 0;
        while (true)
        {
            if (index >= tableSize)
            {
                return "a descriptor's index lies outside its table";
            }

            if (++seen > tableSize)
            {
                return "a chain of descriptors is a loop";
            }

            if (!table.TryAdd(index * DescriptorSize, out GuestAddress place) || !Access.TryRead(place, out Descriptor descriptor))
            {
                return "a table of descriptors cannot be read";
            }

            if ((descriptor.SplitFlags & VIRTQ_DESC_F_INDIRECT) != 0)
            {
                if (!HasIndirect || indirect || (descriptor.SplitFlags & VIRTQ_DESC_F_NEXT) != 0)
                {
                    return "an indirect descriptor stands where none may be";
                }

                if (descriptor.Length == 0 || descriptor.Length % DescriptorSize != 0 || descriptor.Length / DescriptorSize > MaxSegments)
                {
                    return "an indirect table has a wrong length";
                }

                table = new GuestAddress(descriptor.Address);
                tableSize = descriptor.Length / DescriptorSize;
                index = 0;
                seen = 0;
                indirect = true;
                continue;
            }

            bool writable = (descriptor.SplitFlags & VIRTQ_DESC_F_WRITE) != 0;
            if (chain.Append(new GuestAddress(descriptor.Address), descriptor.Length, writable) is { } fault)
            {
                return fault;
            }

            if ((descriptor.SplitFlags & VIRTQ_DESC_F_NEXT) == 0)
            {
                return null;
            }

            index = descriptor.SplitNext;
        }
    }
}
