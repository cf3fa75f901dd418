using Kvm.Interop.Memory;

namespace Virtio.Queues;

/// <summary>A packed virtqueue (virtio 1.3, section 2.8): one ring of descriptors that both sides write.</summary>
internal sealed class PackedVirtqueue : Virtqueue
{
    private const ushort VIRTQ_DESC_F_AVAIL = 1 << 7;
    private const ushort VIRTQ_DESC_F_USED = 1 << 15;
    private const ushort RING_EVENT_FLAGS_ENABLE = 0;
    private const ushort RING_EVENT_FLAGS_DISABLE = 1;
    private const ushort RING_EVENT_FLAGS_DESC = 2;
    private const uint LengthOffset = 8; // in a descriptor: length and buffer ID are one 64-bit store with the flags left out
    private const uint IdOffset = 12;
    private const uint FlagsOffset = 14;
    private const uint EventFlagsOffset = 2; // in an event suppression structure, after offset and wrap counter
    private const int WrapShift = 15;

    private readonly GuestAddress _ring;
    private readonly GuestAddress _driverEvent;
    private readonly GuestAddress _deviceEvent;
    private ushort _nextAvailable;
    private bool _availableWrap = true;
    private ushort _nextUsed;
    private bool _usedWrap = true;
    private int _usedSinceShown;

    internal PackedVirtqueue(QueueSetup setup, DeviceActivation activation, GuestAccess access)
        : base(setup, activation, access)
    {
        _ring = setup.DescriptorArea;
        _driverEvent = setup.DriverArea;
        _deviceEvent = setup.DeviceArea;
    }

    /// <inheritdoc/>
    public override void DisableNotifications()
    {
        if (!Access.TryWrite(_deviceEvent + EventFlagsOffset, RING_EVENT_FLAGS_DISABLE))
        {
            Break("the device's event suppression cannot be written");
        }
    }

    private protected override bool HasAvailable()
    {
        // Acquire: the driver writes the first descriptor's flags after everything else of the chain.
        if (!Access.TryLoadAcquire(Place(_nextAvailable) + FlagsOffset, out ushort flags))
        {
            Break("the ring cannot be read");
            return false;
        }

        bool available = (flags & VIRTQ_DESC_F_AVAIL) != 0;
        bool used = (flags & VIRTQ_DESC_F_USED) != 0;
        return available == _availableWrap && used != _availableWrap;
    }

    private protected override string? Take(DescriptorChain chain)
    {
        int index = _nextAvailable;
        for (int count = 1; count <= Size; count++)
        {
            if (!Access.TryRead(Place(index), out Descriptor descriptor))
            {
                return "the ring cannot be read";
            }

            if (Append(chain, descriptor, alone: count == 1) is { } fault)
            {
                return fault;
            }

            if ((descriptor.PackedFlags & VIRTQ_DESC_F_NEXT) == 0)
            {
                chain.Id = descriptor.PackedId;
                chain.RingDescriptors = count;
                Advance(ref _nextAvailable, ref _availableWrap, count);
                return null;
            }

            index = index + 1 == Size ? 0 : index + 1;
        }

        return "a chain has more descriptors than the queue";
    }

    private protected override void Untake(int descriptors)
    {
        if (descriptors > _nextAvailable)
        {
            _availableWrap = !_availableWrap;
        }

        _nextAvailable = (ushort)(_nextAvailable < descriptors ? _nextAvailable + Size - descriptors : _nextAvailable - descriptors);
    }

    private protected override bool Give(ushort id, int descriptors, uint written)
    {
        GuestAddress place = Place(_nextUsed);
        ushort flags = (ushort)((_usedWrap ? VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED : 0) | (written > 0 ? VIRTQ_DESC_F_WRITE : 0));
        // Release: the driver that sees the flags sees ID and length, and what the device wrote into the buffer.
        bool complete = Access.TryWrite(place + LengthOffset, written)
            && Access.TryWrite(place + IdOffset, id)
            && Access.TryStoreRelease(place + FlagsOffset, flags);
        Advance(ref _nextUsed, ref _usedWrap, descriptors);
        _usedSinceShown += descriptors;
        return complete;
    }

    private protected override bool ShowUsed()
    {
        if (_usedSinceShown == 0)
        {
            return false;
        }

        int since = _usedSinceShown;
        _usedSinceShown = 0;
        // The driver stores what it wants, fences, and looks at the descriptors; the fence keeps our loads behind our stores.
        GuestMemoryAtomics.FullFence();
        // Acquire: the flags say whether the offset counts, so the offset must not be older.
        if (!Access.TryLoadAcquire(_driverEvent + EventFlagsOffset, out ushort flags) || !Access.TryRead(_driverEvent, out ushort wanted))
        {
            Break("the driver's event suppression cannot be read");
            return false;
        }

        if (flags != RING_EVENT_FLAGS_DESC || !HasEventIndex)
        {
            return flags != RING_EVENT_FLAGS_DISABLE;
        }

        // In steps from the lap that the wanted descriptor belongs to; a lap or more at once has passed it in any case.
        int offset = wanted & ((1 << WrapShift) - 1);
        int lap = wanted >> WrapShift == (_usedWrap ? 1 : 0) ? offset : offset - Size;
        return since >= Size || IsPassed((ushort)lap, _nextUsed, (ushort)(_nextUsed - since));
    }

    private protected override bool AskForNotification()
    {
        ushort flags = HasEventIndex ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;
        ushort next = (ushort)(_nextAvailable | ((_availableWrap ? 1 : 0) << WrapShift));
        // Release: the flags make the offset count.
        if ((!HasEventIndex || Access.TryWrite(_deviceEvent, next)) && Access.TryStoreRelease(_deviceEvent + EventFlagsOffset, flags))
        {
            return true;
        }

        Break("the device's event suppression cannot be written");
        return false;
    }

    private string? Append(DescriptorChain chain, Descriptor descriptor, bool alone)
    {
        if ((descriptor.PackedFlags & VIRTQ_DESC_F_INDIRECT) == 0)
        {
            bool writable = (descriptor.PackedFlags & VIRTQ_DESC_F_WRITE) != 0;
            return chain.Append(new GuestAddress(descriptor.Address), descriptor.Length, writable);
        }

        if (!HasIndirect || !alone || (descriptor.PackedFlags & VIRTQ_DESC_F_NEXT) != 0)
        {
            return "an indirect descriptor stands where none may be";
        }

        if (descriptor.Length == 0 || descriptor.Length % DescriptorSize != 0 || descriptor.Length / DescriptorSize > MaxSegments)
        {
            return "an indirect table has a wrong length";
        }

        // Section 2.8.7: the table's descriptors follow each other, and of their flags only WRITE counts.
        var table = new GuestAddress(descriptor.Address);
        for (uint i = 0; i < descriptor.Length / DescriptorSize; i++)
        {
            if (!table.TryAdd(i * DescriptorSize, out GuestAddress place) || !Access.TryRead(place, out Descriptor entry))
            {
                return "a table of descriptors cannot be read";
            }

            if (chain.Append(new GuestAddress(entry.Address), entry.Length, (entry.PackedFlags & VIRTQ_DESC_F_WRITE) != 0) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private GuestAddress Place(int index) => _ring + ((uint)index * DescriptorSize);

    private void Advance(ref ushort index, ref bool wrap, int count)
    {
        int next = index + count;
        if (next >= Size)
        {
            next -= Size;
            wrap = !wrap;
        }

        index = (ushort)next;
    }
}
