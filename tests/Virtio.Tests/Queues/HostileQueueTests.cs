using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Queues;

/// <summary>Each rule that a driver can break, broken alone: the queue stops, says why once, harms nobody, and works after a reset.</summary>
public sealed class HostileQueueTests : IDisposable
{
    private const ulong Indirect = VirtioFeatures.IndirectDescriptors;
    private const ulong Packed = VirtioFeatures.PackedRing;

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private readonly EchoDevice _device;
    private readonly MockDriver _driver;

    public HostileQueueTests()
    {
        _loop = new EventLoop("hostile test", _errors.Add);
        _device = new EchoDevice(_loop, size: 8);
        _driver = new MockDriver(_device);
        _loop.Start();
    }

    public void Dispose()
    {
        _driver.Dispose();
        _loop.Stop();
        _device.Dispose();
        _loop.Dispose();
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_loop_of_descriptors_breaks_the_queue() => Split(0, "loop", queue =>
    {
        queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 16, MockSplitQueue.Next, 1);
        queue.WriteDescriptor(queue.Table, 1, MockDriver.MemoryStart, 16, MockSplitQueue.Next, 0);
        queue.MakeAvailable(0);
    });

    [Fact]
    public void A_head_outside_the_table_breaks_the_queue() => Split(0, "outside its table", queue => queue.MakeAvailable(8));

    [Fact]
    public void A_next_index_outside_the_table_breaks_the_queue() => Split(0, "outside its table", queue =>
    {
        queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 16, MockSplitQueue.Next, 8);
        queue.MakeAvailable(0);
    });

    [Theory]
    [InlineData(9)]
    [InlineData(0x8000)]
    [InlineData(0xffff)]
    public void An_available_index_that_jumps_breaks_the_queue(int index) =>
        Split(0, "available index", queue => queue.SetAvailableIndex((ushort)index));

    [Fact]
    public void A_readable_descriptor_after_a_writable_one_breaks_the_queue() => Split(0, "after one to be written", queue =>
    {
        queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 16, MockSplitQueue.Next | MockSplitQueue.Write, 1);
        queue.WriteDescriptor(queue.Table, 1, MockDriver.MemoryStart, 16, 0, 0);
        queue.MakeAvailable(0);
    });

    [Theory]
    [InlineData(-16L, 17u)]
    [InlineData(0L, 1u)]
    [InlineData(0x7f00_0000L, 16u)]
    [InlineData(-0x9000_0000L, 16u)]
    [InlineData(long.MaxValue, 16u)]
    [InlineData(-0x100_0000L, uint.MaxValue)]
    public void A_descriptor_that_leaves_memory_breaks_the_queue(long fromEnd, uint length) => Split(0, "outside guest memory", queue =>
    {
        queue.WriteDescriptor(queue.Table, 0, unchecked(_driver.MemoryEnd.Value + (ulong)fromEnd), length, 0, 0);
        queue.MakeAvailable(0);
    });

    [Fact]
    public void A_chain_longer_than_4_GiB_breaks_the_queue() => Split(Indirect, "longer than 4 GiB", queue =>
    {
        // 16 MiB, 257 times.
        GuestAddress table = _driver.Allocate(16 * 257);
        for (int i = 0; i < 257; i++)
        {
            queue.WriteDescriptor(table, i, MockDriver.MemoryStart, 16 << 20, (ushort)(i < 256 ? MockSplitQueue.Next : 0), (ushort)(i + 1));
        }

        queue.WriteDescriptor(queue.Table, 0, table.Value, 16 * 257, MockSplitQueue.Indirect, 0);
        queue.MakeAvailable(0);
    });

    [Theory]
    [InlineData(0u)]
    [InlineData(8u)]
    [InlineData(24u)]
    [InlineData(16u * 1025)]
    [InlineData(0xffff_fff0u)]
    public void An_indirect_table_of_a_wrong_length_breaks_the_queue(uint length)
    {
        Split(Indirect, "wrong length", queue =>
        {
            queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, length, MockSplitQueue.Indirect, 0);
            queue.MakeAvailable(0);
        });
        PackedQueue(Indirect, "wrong length", queue => queue.WriteDescriptor(
            queue.Ring, 0, MockDriver.MemoryStart, length, 0, (ushort)(MockPackedQueue.Indirect | queue.AvailableFlags)));
    }

    [Fact]
    public void An_indirect_table_in_an_indirect_table_breaks_the_queue() => Split(Indirect, "where none may be", queue =>
    {
        GuestAddress table = _driver.Allocate(16);
        queue.WriteDescriptor(table, 0, table.Value, 16, MockSplitQueue.Indirect, 0);
        queue.WriteDescriptor(queue.Table, 0, table.Value, 16, MockSplitQueue.Indirect, 0);
        queue.MakeAvailable(0);
    });

    [Fact]
    public void An_indirect_descriptor_that_has_a_next_one_breaks_the_queue()
    {
        Split(Indirect, "where none may be", queue =>
        {
            queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 16, MockSplitQueue.Indirect | MockSplitQueue.Next, 1);
            queue.MakeAvailable(0);
        });
        PackedQueue(Indirect, "where none may be", queue => queue.WriteDescriptor(
            queue.Ring, 0, MockDriver.MemoryStart, 16, 0, (ushort)(MockPackedQueue.Indirect | MockPackedQueue.Next | queue.AvailableFlags)));
    }

    [Fact]
    public void An_indirect_descriptor_that_was_not_negotiated_breaks_the_queue()
    {
        Split(0, "where none may be", queue =>
        {
            queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 16, MockSplitQueue.Indirect, 0);
            queue.MakeAvailable(0);
        });
        PackedQueue(0, "where none may be", queue => queue.WriteDescriptor(
            queue.Ring, 0, MockDriver.MemoryStart, 16, 0, (ushort)(MockPackedQueue.Indirect | queue.AvailableFlags)));
    }

    [Fact]
    public void An_indirect_table_outside_memory_breaks_the_queue()
    {
        Split(Indirect, "cannot be read", queue =>
        {
            queue.WriteDescriptor(queue.Table, 0, _driver.MemoryEnd.Value - 16, 32, MockSplitQueue.Indirect, 0);
            queue.WriteDescriptor(new GuestAddress(_driver.MemoryEnd.Value - 16), 0, MockDriver.MemoryStart, 4, MockSplitQueue.Next, 1);
            queue.MakeAvailable(0);
        });
        PackedQueue(Indirect, "cannot be read", queue => queue.WriteDescriptor(
            queue.Ring, 0, ulong.MaxValue - 15, 32, 0, (ushort)(MockPackedQueue.Indirect | queue.AvailableFlags)));
    }

    [Fact]
    public void A_packed_chain_without_an_end_breaks_the_queue() => PackedQueue(0, "more descriptors than the queue", queue =>
    {
        for (int i = 7; i >= 0; i--)
        {
            queue.WriteDescriptor(queue.Ring, i, MockDriver.MemoryStart, 4, 0, (ushort)(MockPackedQueue.Next | queue.AvailableFlags));
        }
    });

    [Fact]
    public void More_buffers_than_the_queue_has_descriptors_break_it()
    {
        _device.Holds = true;
        Split(0, "more buffers", queue =>
        {
            queue.WriteDescriptor(queue.Table, 0, MockDriver.MemoryStart, 4, 0, 0);
            for (int i = 0; i < 8; i++)
            {
                queue.MakeAvailable(0);
            }

            queue.Kick();
            WaitUntil(() => _device.Held.Count == 8);
            queue.MakeAvailable(0);
        });
    }

    [Fact]
    public void A_descriptor_without_bytes_is_passed_over()
    {
        _driver.Activate(0);
        MockQueue queue = _driver.Queue(0);
        GuestAddress place = _driver.Allocate(4);
        _driver.Memory.Write(place, (ushort)0x1234);
        queue.Add(
            new MockBuffer(new GuestAddress(ulong.MaxValue), 0),
            new MockBuffer(place, 2),
            new MockBuffer(new GuestAddress(0), 0, Writable: true),
            new MockBuffer(place + 2, 2, Writable: true));
        queue.Kick();
        Assert.Equal(2u, queue.Take().Written);
        Assert.Equal(0x1234, _driver.Memory.Read<ushort>(place + 2));
    }

    [Fact]
    public void A_queue_that_broke_leaves_the_devices_other_queue_alone()
    {
        _driver.Activate(0);
        ((MockSplitQueue)_driver.Queue(0)).SetAvailableIndex(100);
        _driver.Queue(0).Kick();
        WaitUntil(() => !_driver.Signals.Faults.IsEmpty);
        Assert.Equal([5], _driver.Queue(1).Request([5], 1));
    }

    private void Split(ulong features, string fault, Action<MockSplitQueue> crime) =>
        Check(features, fault, queue => crime((MockSplitQueue)queue));

    private void PackedQueue(ulong features, string fault, Action<MockPackedQueue> crime) =>
        Check(features | Packed, fault, queue => crime((MockPackedQueue)queue));

    private void Check(ulong features, string fault, Action<MockQueue> crime)
    {
        foreach (bool isProtected in new[] { false, true })
        {
            _driver.Activate(features, isProtected: isProtected);
            MockQueue queue = _driver.Queue(0);
            crime(queue);
            queue.Kick();
            WaitUntil(() => !_driver.Signals.Faults.IsEmpty);
            queue.Kick();
            _driver.Reset();
            string only = Assert.Single(_driver.Signals.Faults);
            Assert.StartsWith("queue 0: ", only);
            Assert.Contains(fault, only);
            bool held = _device.Holds;
            _device.Holds = false;
            _driver.Activate(features);
            Assert.Equal([1, 2, 3], _driver.Queue(0).Request([1, 2, 3], 3));
            _driver.Reset();
            _device.Holds = held;
        }
    }

    private static void WaitUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));
}
