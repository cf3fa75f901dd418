using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>A split queue as a driver sees it (virtio 1.3, section 2.7), with every field open to a hostile test.</summary>
internal sealed class MockSplitQueue : MockQueue
{
    internal const ushort Next = 1;
    internal const ushort Write = 2;
    internal const ushort Indirect = 4;

    private readonly Queue<ushort> _free = new();
    private readonly Dictionary<ushort, ushort[]> _chains = [];
    private ushort _available;
    private ushort _kicked;
    private ushort _seen;

    internal MockSplitQueue(MockDriver driver, int index, ushort size)
        : base(driver, index, size)
    {
        Table = driver.Allocate(16 * size, 16);
        Available = driver.Allocate(6 + (2 * size), 2);
        Used = driver.Allocate(6 + (8 * size), 4);
        Setup = new QueueSetup(index, size, Table, Available, Used, Kicker, Interrupt);
        for (ushort i = 0; i < size; i++)
        {
            _free.Enqueue(i);
        }
    }

    internal GuestAddress Table { get; }

    internal GuestAddress Available { get; }

    internal GuestAddress Used { get; }

    internal override QueueSetup Setup { get; }

    internal void WriteDescriptor(GuestAddress table, int index, ulong address, uint length, ushort flags, ushort next)
    {
        GuestAddress place = table + (16u * (uint)index);
        Memory.Write(place, address);
        Memory.Write(place + 8, length);
        Memory.Write(place + 12, flags);
        Memory.Write(place + 14, next);
    }

    /// <summary>Puts a head into the next place of the available ring and moves the index.</summary>
    internal void MakeAvailable(ushort head)
    {
        Memory.Write(Available + (4 + (2u * (uint)(_available % Size))), head);
        SetAvailableIndex((ushort)(_available + 1));
    }

    internal void SetAvailableIndex(ushort index)
    {
        _available = index;
        Memory.StoreRelease16(Available + 2, index);
        GuestMemoryAtomics.FullFence();
    }

    internal override ushort Add(params ReadOnlySpan<MockBuffer> buffers)
    {
        Require(buffers.Length);
        ushort[] indices = new ushort[buffers.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = _free.Dequeue();
        }

        for (int i = 0; i < indices.Length; i++)
        {
            bool last = i == indices.Length - 1;
            ushort flags = (ushort)((buffers[i].Writable ? Write : 0) | (last ? 0 : Next));
            WriteDescriptor(Table, indices[i], buffers[i].Address.Value, buffers[i].Length, flags, last ? (ushort)0 : indices[i + 1]);
        }

        _chains[indices[0]] = indices;
        MakeAvailable(indices[0]);
        return indices[0];
    }

    internal override ushort AddIndirect(params ReadOnlySpan<MockBuffer> buffers)
    {
        GuestAddress table = Driver.Allocate(16 * buffers.Length, 16);
        for (int i = 0; i < buffers.Length; i++)
        {
            bool last = i == buffers.Length - 1;
            ushort flags = (ushort)((buffers[i].Writable ? Write : 0) | (last ? 0 : Next));
            WriteDescriptor(table, i, buffers[i].Address.Value, buffers[i].Length, flags, (ushort)(last ? 0 : i + 1));
        }

        Require(1);
        ushort head = _free.Dequeue();
        WriteDescriptor(Table, head, table.Value, 16u * (uint)buffers.Length, Indirect, 0);
        _chains[head] = [head];
        MakeAvailable(head);
        return head;
    }

    internal override bool TryTake(out UsedBuffer used)
    {
        used = default;
        if (Memory.LoadAcquire16(Used + 2) == _seen)
        {
            return false;
        }

        ulong element = Memory.Read<ulong>(Used + (4 + (8u * (uint)(_seen++ % Size))));
        used = new UsedBuffer((ushort)element, (uint)(element >> 32));
        if (_chains.Remove(used.Id, out ushort[]? indices))
        {
            Array.ForEach(indices, _free.Enqueue);
        }

        return true;
    }

    internal override bool WantsKick()
    {
        GuestMemoryAtomics.FullFence();
        ushort before = _kicked;
        _kicked = _available;
        if (!Driver.Has(VirtioFeatures.EventIndex))
        {
            return (Memory.Read<ushort>(Used) & 1) == 0;
        }

        ushort wanted = Memory.Read<ushort>(Used + (4 + (8u * Size)));
        return (ushort)(_available - wanted - 1) < (ushort)(_available - before);
    }

    internal override void AskForInterrupt() => SetWish(noInterrupt: 0, (ushort)_seen);

    internal override void DeclineInterrupts() => SetWish(noInterrupt: 1, (ushort)(_seen - 1));

    private void Require(int descriptors)
    {
        if (_free.Count < descriptors)
        {
            throw new InvalidOperationException($"queue {Index}: {descriptors} descriptors are wanted, {_free.Count} are free");
        }
    }

    private void SetWish(ushort noInterrupt, ushort usedEvent)
    {
        Memory.Write(Available, noInterrupt);
        Memory.Write(Available + (4 + (2u * Size)), usedEvent);
        GuestMemoryAtomics.FullFence();
    }
}
