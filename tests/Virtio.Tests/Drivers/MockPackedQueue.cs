using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>A packed queue as a driver sees it (virtio 1.3, section 2.8), with every field open to a hostile test.</summary>
internal sealed class MockPackedQueue : MockQueue
{
    internal const ushort Next = 1;
    internal const ushort Write = 2;
    internal const ushort Indirect = 4;
    private const ushort AvailableFlag = 1 << 7;
    private const ushort UsedFlag = 1 << 15;

    private readonly Queue<ushort> _ids = new();
    private readonly Dictionary<ushort, int> _chains = [];
    private int _next;
    private bool _wrap = true;
    private int _addedSinceKick;
    private int _free;
    private int _seen;
    private bool _seenWrap = true;

    internal MockPackedQueue(MockDriver driver, int index, ushort size)
        : base(driver, index, size)
    {
        Ring = driver.Allocate(16 * size, 16);
        DriverEvent = driver.Allocate(4, 4);
        DeviceEvent = driver.Allocate(4, 4);
        Setup = new QueueSetup(index, size, Ring, DriverEvent, DeviceEvent, Kicker, Interrupt);
        _free = size;
        for (ushort i = 0; i < size; i++)
        {
            _ids.Enqueue(i);
        }
    }

    internal GuestAddress Ring { get; }

    internal GuestAddress DriverEvent { get; }

    internal GuestAddress DeviceEvent { get; }

    internal override QueueSetup Setup { get; }

    /// <summary>Flags that make the descriptor at the next place available.</summary>
    internal ushort AvailableFlags => AvailableNow(_wrap);

    internal int NextIndex => _next;

    internal void WriteDescriptor(GuestAddress table, int index, ulong address, uint length, ushort id, ushort flags)
    {
        GuestAddress place = table + (16u * (uint)index);
        Memory.Write(place, address);
        Memory.Write(place + 8, length);
        Memory.Write(place + 12, id);
        Memory.StoreRelease16(place + 14, flags);
        GuestMemoryAtomics.FullFence();
    }

    internal override ushort Add(params ReadOnlySpan<MockBuffer> buffers)
    {
        Require(buffers.Length);
        ushort id = _ids.Dequeue();
        _chains[id] = buffers.Length;
        int first = _next;
        bool firstWrap = _wrap;
        for (int i = 0; i < buffers.Length; i++)
        {
            bool last = i == buffers.Length - 1;
            ushort flags = (ushort)((buffers[i].Writable ? Write : 0) | (last ? 0 : Next));
            // The first one becomes available last.
            ushort state = i == 0 ? (ushort)(firstWrap ? UsedFlag : AvailableFlag) : AvailableNow(_wrap);
            WriteDescriptor(Ring, _next, buffers[i].Address.Value, buffers[i].Length, id, (ushort)(flags | state));
            Advance();
        }

        ushort firstFlags = (ushort)((buffers[0].Writable ? Write : 0) | (buffers.Length > 1 ? Next : 0) | AvailableNow(firstWrap));
        Memory.StoreRelease16(Ring + (16u * (uint)first) + 14, firstFlags);
        GuestMemoryAtomics.FullFence();
        return id;
    }

    internal override ushort AddIndirect(params ReadOnlySpan<MockBuffer> buffers)
    {
        GuestAddress table = Driver.Allocate(16 * buffers.Length, 16);
        for (int i = 0; i < buffers.Length; i++)
        {
            WriteDescriptor(table, i, buffers[i].Address.Value, buffers[i].Length, 0, buffers[i].Writable ? Write : (ushort)0);
        }

        Require(1);
        ushort id = _ids.Dequeue();
        _chains[id] = 1;
        WriteDescriptor(Ring, _next, table.Value, 16u * (uint)buffers.Length, id, (ushort)(Indirect | AvailableFlags));
        Advance();
        return id;
    }

    internal override bool TryTake(out UsedBuffer used)
    {
        used = default;
        GuestAddress place = Ring + (16u * (uint)_seen);
        ushort flags = Memory.LoadAcquire16(place + 14);
        if (((flags & AvailableFlag) != 0) != _seenWrap || ((flags & UsedFlag) != 0) != _seenWrap)
        {
            return false;
        }

        ushort id = Memory.Read<ushort>(place + 12);
        uint written = (flags & Write) != 0 ? Memory.Read<uint>(place + 8) : 0;
        used = new UsedBuffer(id, written);
        int count = _chains.Remove(id, out int descriptors) ? descriptors : 1;
        _ids.Enqueue(id);
        _free += count;
        _seen += count;
        if (_seen >= Size)
        {
            _seen -= Size;
            _seenWrap = !_seenWrap;
        }

        return true;
    }

    internal override bool WantsKick()
    {
        GuestMemoryAtomics.FullFence();
        int since = _addedSinceKick;
        _addedSinceKick = 0;
        ushort flags = Memory.LoadAcquire16(DeviceEvent + 2);
        if (flags != 2)
        {
            return flags == 0;
        }

        ushort offset = Memory.Read<ushort>(DeviceEvent);
        int wanted = offset & 0x7fff;
        if (offset >> 15 != (_wrap ? 1 : 0))
        {
            wanted -= Size;
        }

        return since > 0 && (ushort)(_next - wanted - 1) < (ushort)since;
    }

    internal override void AskForInterrupt()
    {
        Memory.Write(DriverEvent, (ushort)(_seen | (_seenWrap ? 1 << 15 : 0)));
        Memory.StoreRelease16(DriverEvent + 2, Driver.Has(VirtioFeatures.EventIndex) ? (ushort)2 : (ushort)0);
        GuestMemoryAtomics.FullFence();
    }

    internal override void DeclineInterrupts()
    {
        Memory.StoreRelease16(DriverEvent + 2, 1);
        GuestMemoryAtomics.FullFence();
    }

    private static ushort AvailableNow(bool wrap) => wrap ? AvailableFlag : UsedFlag;

    private void Require(int descriptors)
    {
        if (_free < descriptors || _ids.Count == 0)
        {
            throw new InvalidOperationException($"queue {Index}: {descriptors} descriptors are wanted, {_free} are free");
        }
    }

    private void Advance()
    {
        _free--;
        _addedSinceKick++;
        if (++_next == Size)
        {
            _next = 0;
            _wrap = !_wrap;
        }
    }
}
