using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Queues;

public sealed class VirtqueueTests : IDisposable
{
    private const ulong Event = VirtioFeatures.EventIndex;
    private const ulong Indirect = VirtioFeatures.IndirectDescriptors;
    private const ulong Packed = VirtioFeatures.PackedRing;

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private readonly EchoDevice _device;
    private readonly MockDriver _driver;

    public VirtqueueTests()
    {
        _loop = new EventLoop("queue test", _errors.Add);
        _device = new EchoDevice(_loop);
        _driver = new MockDriver(_device);
        _loop.Start();
    }

    public static TheoryData<ulong> Layouts => [0, Event, Indirect, Event | Indirect, Packed, Packed | Event, Packed | Indirect, Packed | Event | Indirect];

    public void Dispose()
    {
        _driver.Dispose();
        _loop.Stop();
        _device.Dispose();
        _loop.Dispose();
        Assert.Empty(_errors);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Requests_of_every_shape_come_back_with_their_answers(ulong features)
    {
        var random = new Random(1);
        foreach (ushort size in new ushort[] { 1, 2, 4, 256 })
        {
            _driver.Activate(features, size);
            MockQueue queue = _driver.Queue(0);
            ulong mark = _driver.Mark;
            for (int i = 0; i < 1000; i++)
            {
                _driver.Mark = mark;
                CheckEcho(queue, random, maxDescriptors: Math.Min((int)size, 9), indirect: (features & Indirect) != 0 && i % 2 == 0);
            }

            _driver.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Buffers_are_given_back_in_any_order(ulong features)
    {
        _driver.Activate(features, size: 16);
        _device.Holds = true;
        MockQueue queue = _driver.Queue(0);
        ulong mark = _driver.Mark;
        for (int round = 0; round < 50; round++)
        {
            _driver.Mark = mark;
            Dictionary<ushort, (GuestAddress Place, byte Content)> expected = [];
            for (byte i = 0; i < 8; i++)
            {
                GuestAddress place = _driver.Allocate(2);
                _driver.Memory.Write(place, i);
                ushort id = queue.Add(new MockBuffer(place, 1), new MockBuffer(place + 1, 1, Writable: true));
                expected[id] = (place + 1, i);
            }

            queue.Kick();
            OnLoop(() => _device.Held.Count == 8);
            OnLoop(() =>
            {
                _device.GiveBack(i => (i * 5) % 8);
                return true;
            });
            for (int i = 0; i < 8; i++)
            {
                UsedBuffer used = queue.Take();
                Assert.Equal(1u, used.Written);
                Assert.True(expected.Remove(used.Id, out (GuestAddress Place, byte Content) buffer));
                Assert.Equal(buffer.Content, _driver.Memory.Read<byte>(buffer.Place));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_buffer_that_was_put_back_is_taken_again(ulong features)
    {
        foreach (ushort size in new ushort[] { 1, 4, 8 })
        {
            _device.Hesitates = true;
            _driver.Activate(features, size);
            var random = new Random(2);
            ulong mark = _driver.Mark;
            for (int i = 0; i < 100; i++)
            {
                _driver.Mark = mark;
                CheckEcho(_driver.Queue(0), random, maxDescriptors: Math.Min((int)size, 3), indirect: false);
            }

            _driver.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void No_notification_and_no_interrupt_is_lost(ulong features)
    {
        // Both sides sleep unless they are told, so one lost wake-up stops the test.
        const int Requests = 20_000;
        _driver.Activate(features, size: 64);
        MockQueue queue = _driver.Queue(0);
        GuestAddress place = _driver.Allocate(64);
        var random = new Random(3);
        int added = 0;
        int taken = 0;
        int inFlight = 0;
        int kicks = 0;
        while (taken < Requests)
        {
            int before = added;
            for (int batch = random.Next(1, 8); batch > 0 && added < Requests && inFlight < 30; batch--)
            {
                queue.Add(new MockBuffer(place, 8), new MockBuffer(place + 16, 8, Writable: true));
                added++;
                inFlight++;
            }

            if (added > before && queue.WantsKick())
            {
                kicks++;
                queue.Kick();
            }

            queue.AskForInterrupt();
            if (queue.TryTake(out _))
            {
                taken++;
                inFlight--;
                continue;
            }

            if (inFlight > 0)
            {
                Assert.True(
                    queue.WaitForInterrupt(TimeSpan.FromSeconds(10)) || queue.TryTake(out _),
                    $"asleep after {taken} of {added} buffers");
            }
        }

        Assert.InRange(kicks, 1, Requests);
        Assert.Empty(_driver.Signals.Faults);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_driver_that_declines_interrupts_gets_none(ulong features)
    {
        _driver.Activate(features);
        MockQueue queue = _driver.Queue(0);
        queue.DeclineInterrupts();
        queue.Request([1, 2, 3], 3);
        Assert.False(queue.Interrupt.Trigger.TryConsume());
        queue.AskForInterrupt();
        queue.Request([1, 2, 3], 3);
        Assert.True(queue.WaitForInterrupt(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Serving_a_queue_allocates_nothing(ulong features)
    {
        _driver.Activate(features);
        MockQueue queue = _driver.Queue(0);
        GuestAddress place = _driver.Allocate(64);
        void Drive(int requests)
        {
            for (int i = 0; i < requests; i++)
            {
                queue.Add(new MockBuffer(place, 8), new MockBuffer(place + 16, 8, Writable: true));
                queue.Kick();
                queue.Take();
            }
        }

        Drive(2000);
        long before = 0;
        OnLoop(() =>
        {
            before = _device.Allocated;
            return true;
        });
        // A collection elsewhere may take the rest of the thread's buffer away, which then counts: a few runs, the least counts.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            Drive(1000);
            OnLoop(() =>
            {
                least = Math.Min(least, _device.Allocated - before);
                before = _device.Allocated;
                return true;
            });
        }

        Assert.Equal(0, least);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(Packed)]
    public void A_protected_guests_queue_works_by_copies(ulong features)
    {
        _driver.Activate(features | Event | Indirect, isProtected: true);
        var random = new Random(4);
        ulong mark = _driver.Mark;
        for (int i = 0; i < 300; i++)
        {
            _driver.Mark = mark;
            CheckEcho(_driver.Queue(0), random, maxDescriptors: 5, indirect: i % 2 == 0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_random_driver_of_100000_steps_never_does_more_than_break_its_queue(int seed)
    {
        new RandomDriver(_device, _driver, seed).Run(100_000, TimeSpan.FromSeconds(60));
        _driver.Activate();
        Assert.Equal([7, 8], _driver.Queue(0).Request([7, 8], 2));
    }

    private void CheckEcho(MockQueue queue, Random random, int maxDescriptors, bool indirect)
    {
        int count = indirect ? random.Next(1, 40) : random.Next(1, maxDescriptors + 1);
        int readable = random.Next(0, count + 1);
        List<byte> sent = [];
        List<MockBuffer> buffers = [];
        for (int i = 0; i < count; i++)
        {
            byte[] content = new byte[random.Next(1, 300)];
            GuestAddress place = _driver.Allocate(content.Length, 1);
            buffers.Add(new MockBuffer(place, (uint)content.Length, i >= readable));
            if (i < readable)
            {
                random.NextBytes(content);
                _driver.Memory.Write(place, content);
                sent.AddRange(content);
            }
        }

        ushort id = indirect ? queue.AddIndirect([.. buffers]) : queue.Add([.. buffers]);
        queue.Kick();
        UsedBuffer used = queue.Take();
        byte[] answer = [.. buffers.Where(buffer => buffer.Writable).SelectMany(buffer => _driver.Memory.GetSpan(buffer.Address, (int)buffer.Length).ToArray())];
        Assert.Equal(id, used.Id);
        Assert.Equal((uint)Math.Min(sent.Count, answer.Length), used.Written);
        Assert.Equal(sent.Take(answer.Length), answer.Take(sent.Count));
        Assert.All(answer.Skip(sent.Count), left => Assert.Equal(0, left));
        Assert.Empty(_driver.Signals.Faults);
    }

    // Asks on the loop's thread until the answer is yes.
    private void OnLoop(Func<bool> question)
    {
        for (int attempt = 0; attempt < 5000; attempt++)
        {
            bool yes = false;
            using var done = new ManualResetEventSlim();
            using LoopTask task = _loop.CreateTask(() =>
            {
                yes = question();
                done.Set();
            });
            task.Schedule();
            Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
            if (yes)
            {
                return;
            }

            Thread.Sleep(1);
        }

        Assert.Fail("it did not come to pass");
    }
}
