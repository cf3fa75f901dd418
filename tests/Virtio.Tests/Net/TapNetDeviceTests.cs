using System.Buffers.Binary;
using System.Diagnostics;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Kvm.Interop.Net;
using Virtio.Net;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Net;

public sealed class TapNetDeviceTests : IDisposable
{
    private const ushort Protocol = 0x88b5; // for experiments (IEEE 802)
    private const int HeaderSize = 12;
    private const ulong Merge = 1UL << 15;
    private const ulong MultiQueue = 1UL << 22;

    private static readonly MacAddress s_mac = new(0x0200_0000_0001);

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private HostNetwork? _network;
    private TapNetDevice? _device;
    private MockDriver? _driver;

    public TapNetDeviceTests()
    {
        _loop = new EventLoop("net test", _errors.Add);
        _loop.Start();
    }

    private MockDriver Driver => _driver!;

    public void Dispose()
    {
        _driver?.Dispose();
        _loop.Stop();
        _device?.Dispose();
        _loop.Dispose();
        _network?.Dispose();
        Assert.Empty(_errors);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frame_that_the_driver_sends_comes_out_of_the_tap_as_it_was(bool packed)
    {
        Start(packed: packed);
        Driver.Activate(packed ? ulong.MaxValue : null);
        byte[] frame = Frame(1000);
        SendFrame(frame);
        Assert.Equal(frame, _network!.Receive(Protocol));
        DeviceCounters counters = default;
        _network.Run(() => counters = _device!.Counters);
        Assert.True(counters is { OutOperations: >= 1, OutBytes: >= 1000 }, counters.ToString());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frame_for_the_driver_lies_behind_a_header_that_counts_its_buffers(bool protect)
    {
        Start();
        Driver.Activate(isProtected: protect);
        GuestAddress[] buffers = AddBuffers(8, 1600);
        byte[] frame = Frame(1000);
        byte[] received = ReceiveUntil(frame, buffers, 1600, out int count);
        Assert.Equal(frame, received);
        Assert.Equal(1, count);
    }

    [SkippableFact]
    public void A_frame_longer_than_a_buffer_is_merged_from_several()
    {
        Start();
        Driver.Activate();
        GuestAddress[] buffers = AddBuffers(64, 256);
        byte[] frame = Frame(5000);
        byte[] received = ReceiveUntil(frame, buffers, 256, out int count);
        Assert.Equal(frame, received);
        Assert.Equal((5000 + HeaderSize + 255) / 256, count);
    }

    [SkippableFact]
    public void A_frame_waits_for_buffers_that_the_driver_adds_while_it_is_there()
    {
        Start();
        Driver.Activate();
        GuestAddress[] first = AddBuffers(2, 512);
        byte[] frame = Frame(4000);
        _network!.Send(frame);
        Thread.Sleep(50);
        Assert.False(Driver.Queue(0).TryTake(out _), "a part of a frame was given to the driver");
        GuestAddress[] rest = AddBuffers(20, 512);
        byte[] received = ReceiveUntil(null, [.. first, .. rest], 512, out _);
        Assert.Equal(frame, received);
    }

    [SkippableFact]
    public void A_frame_longer_than_the_only_buffer_is_lost_where_buffers_are_not_merged()
    {
        Start();
        Driver.Activate(_device!.Features & ~Merge & ~VirtioFeatures.PackedRing);
        GuestAddress[] buffers = AddBuffers(4, 1600);
        _network!.Send(Frame(3000));
        byte[] frame = Frame(900);
        Assert.Equal(frame, ReceiveUntil(frame, buffers, 1600, out int count));
        Assert.Equal(1, count);
    }

    [SkippableFact]
    public void Without_a_buffer_of_the_driver_nothing_is_read_and_nothing_grows()
    {
        Start();
        Driver.Activate();
        byte[] frame = Frame(1000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 5000; i++)
        {
            _network!.Send(frame);
        }

        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 1 << 20, "memory grew with frames that nobody takes");
        // What the kernel kept comes as soon as there is room.
        GuestAddress[] buffers = AddBuffers(4, 1600);
        Assert.Equal(frame, ReceiveUntil(null, buffers, 1600, out _));
    }

    [SkippableFact]
    public void A_tap_that_is_deleted_shows_as_a_link_that_is_down()
    {
        Start();
        Driver.Activate();
        Assert.Equal(1, Status());
        _network!.Delete();
        WaitForStatus(0);
        Assert.True(Driver.Signals.ConfigurationChanges > 0);
        // What the driver still sends comes back.
        SendFrame(Frame(100));
        Assert.Empty(Driver.Signals.Faults);
    }

    [SkippableFact]
    public void A_tap_that_goes_down_and_up_shows_in_the_link()
    {
        Start();
        Driver.Activate();
        _network!.SetUp(false);
        WaitForStatus(0);
        _network.SetUp(true);
        WaitForStatus(1);
        Assert.True(Driver.Signals.ConfigurationChanges >= 2);
        byte[] frame = Frame(200);
        SendFrame(frame);
        Assert.Equal(frame, _network.Receive(Protocol));
    }

    [SkippableFact]
    public void A_tap_that_is_not_up_yet_shows_in_the_link()
    {
        Start(up: false);
        Driver.Activate();
        WaitForStatus(0);
        _network!.SetUp(true);
        WaitForStatus(1);
    }

    [SkippableFact]
    public void Frames_too_short_or_too_long_are_dropped_and_come_back()
    {
        Start();
        Driver.Activate();
        foreach (int length in new[] { 0, 1, HeaderSize, HeaderSize + 13, HeaderSize + 65536 + 100 })
        {
            GuestAddress place = Driver.Allocate(Math.Max(length, 1));
            MockBuffer writable = new(Driver.Allocate(16), 16, Writable: true);
            Driver.Queue(1).Add(length == 0 ? [writable] : [new MockBuffer(place, (uint)length), writable]);
            Driver.Queue(1).Kick();
            Assert.Equal(0u, Driver.Queue(1).Take().Written);
        }

        Assert.Empty(Driver.Signals.Faults);
        byte[] frame = Frame(64);
        SendFrame(frame);
        Assert.Equal(frame, _network!.Receive(Protocol));
    }

    [SkippableFact]
    public void A_header_that_makes_no_sense_drops_its_frame_alone()
    {
        Start();
        Driver.Activate();
        // Checksum beyond the frame, and a kind of segment that there is not.
        SendFrame(Frame(100), header: [1, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0]);
        byte[] frame = Frame(64);
        SendFrame(frame);
        Assert.Equal(frame, _network!.Receive(Protocol));
        Assert.Empty(Driver.Signals.Faults);
    }

    [SkippableFact]
    public void A_receive_buffer_without_room_for_the_header_ends_the_device_until_its_reset()
    {
        Start();
        Driver.Activate();
        AddBuffers(1, HeaderSize - 1);
        Wait(() => !Driver.Signals.Faults.IsEmpty);
        Driver.Reset();
        Driver.Activate();
        byte[] frame = Frame(300);
        Assert.Equal(frame, ReceiveUntil(frame, AddBuffers(4, 2048), 2048, out _));
    }

    [SkippableFact]
    public void Each_pair_of_queues_is_used_when_the_driver_asked_for_it_and_a_wrong_number_is_refused()
    {
        Start(queues: 4);
        Driver.Activate();
        Assert.Equal(9, _device!.QueueSizes.Length);
        Assert.Equal(4, Config16(8));
        byte[] frame = Frame(128);
        foreach (ushort pairs in new ushort[] { 0, 5, 0x8000, 0xffff })
        {
            Assert.Equal(1, Command(8, 4, 0, pairs));
        }

        foreach (ushort pairs in new ushort[] { 4, 1, 3, 4 })
        {
            Assert.Equal(0, Command(8, 4, 0, pairs));
            for (int i = 0; i < pairs; i++)
            {
                SendFrame(frame, queue: (2 * i) + 1);
                Assert.Equal(frame, _network!.Receive(Protocol));
            }
        }

        // Spread over the pairs as the kernel likes: each has buffers, and nothing is lost.
        GuestAddress[][] buffers = [.. Enumerable.Range(0, 4).Select(i => AddBuffers(64, 2048, queue: 2 * i))];
        for (int i = 0; i < 64; i++)
        {
            _network!.Send(Frame(200 + i));
        }

        int taken = 0;
        Wait(() =>
        {
            for (int i = 0; i < 4; i++)
            {
                while (Driver.Queue(2 * i).TryTake(out _))
                {
                    taken++;
                }
            }

            return taken >= 64;
        });
        Assert.Equal(4, buffers.Length);
    }

    [SkippableFact]
    public void Without_multi_queue_the_control_queue_is_the_third()
    {
        Start(queues: 2);
        Driver.Activate(_device!.Features & ~MultiQueue & ~VirtioFeatures.PackedRing);
        Assert.Equal(0, Command(2, 0, 0, (byte)1));
        Assert.Equal(1, Command(2, 4, 0, (ushort)1)); // VQ_PAIRS_SET belongs to the feature
    }

    [SkippableFact]
    public void The_address_that_the_driver_sets_is_the_configurations_until_the_reset()
    {
        Start();
        Driver.Activate();
        Assert.Equal(s_mac, Mac());
        byte[] other = [0x02, 1, 2, 3, 4, 5];
        Assert.Equal(0, Send(2, [1, 1, .. other]));
        Assert.Equal("02:01:02:03:04:05", Mac().ToString());
        Driver.Reset();
        Driver.Activate();
        Assert.Equal(s_mac, Mac());
    }

    [SkippableFact]
    public void A_command_that_is_cut_short_or_unknown_is_answered_with_an_error()
    {
        Start(queues: 2);
        Driver.Activate();
        byte[][] wrong =
        [
            [], [0], [0, 0], [0, 6, 1], [1, 0], [1, 0, 1, 0, 0, 0], [1, 0, 255, 255, 255, 255, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 2, 2],
            [1, 1, 2, 3, 4, 5, 6], [2, 0, 1, 0], [3, 0], [4, 0], [4, 0, 1], [4, 1, 1, 0], [5, 0, 1, 0, 0], [5, 0, 0, 0, 0, 0, 1, 0, 0, 0], [6, 0], [255, 255],
        ];
        foreach (byte[] command in wrong)
        {
            Assert.True(Send(4, command) == 1, $"accepted: {Convert.ToHexString(command)}");
        }

        byte[][] right =
        [
            [0, 0, 1], [0, 5, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0], [5, 0, 2, 0, 0, 0, 0, 0, 0, 0],
        ];
        foreach (byte[] command in right)
        {
            Assert.True(Send(4, command) == 0, $"refused: {Convert.ToHexString(command)}");
        }

        Assert.Empty(Driver.Signals.Faults);
    }

    [SkippableFact]
    public void Moving_frames_allocates_nothing()
    {
        Start();
        Driver.Activate();
        byte[] frame = Frame(1000);
        GuestAddress place = Driver.Allocate(HeaderSize + frame.Length);
        Driver.Memory.Write(place + HeaderSize, frame);
        GuestAddress buffer = Driver.Allocate(2048);
        void Both()
        {
            Driver.Queue(1).Add(new MockBuffer(place, (uint)(HeaderSize + frame.Length)));
            Driver.Queue(1).Kick();
            Driver.Queue(1).Take();
            Driver.Queue(0).Add(new MockBuffer(buffer, 2048, Writable: true));
            Driver.Queue(0).Kick();
            _network!.Send(frame);
            Driver.Queue(0).Take();
        }

        long Allocated()
        {
            long bytes = 0;
            using var done = new ManualResetEventSlim();
            using LoopTask task = _loop.CreateTask(() =>
            {
                bytes = GC.GetAllocatedBytesForCurrentThread();
                done.Set();
            });
            task.Schedule();
            done.Wait();
            return bytes;
        }

        for (int i = 0; i < 200; i++)
        {
            Both();
        }

        long least = long.MaxValue;
        for (int round = 0; round < 20 && least > 0; round++)
        {
            Allocated();
            long before = Allocated();
            for (int i = 0; i < 50; i++)
            {
                Both();
            }

            least = Math.Min(least, Allocated() - before - AskingCosts(Allocated));
        }

        Assert.True(least <= 0, $"50 frames each way allocate {least} bytes");
    }

    [SkippableFact]
    public void A_random_driver_brings_down_neither_device_nor_process()
    {
        Start(queues: 2, packed: true);
        var random = new RandomDriver(_device!, Driver, seed: 20, (source, queue) => Plausible(source, queue));
        long start = Stopwatch.GetTimestamp();
        using var stop = new CancellationTokenSource();
        var traffic = new Thread(() =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                _network!.Send(Frame(60 + (i * 37 % 5000)));
                Thread.Sleep(1);
            }
        });
        traffic.Start();
        try
        {
            random.Run(100_000, TimeSpan.FromSeconds(60));
        }
        finally
        {
            stop.Cancel();
            traffic.Join();
        }

        Assert.True(random.Used > 0);
        Assert.True(random.Resets > 0);
        // And a good driver is served after it.
        _network!.Drain();
        Driver.Activate();
        byte[] frame = Frame(77);
        SendFrame(frame);
        Assert.Equal(frame, _network!.Receive(Protocol));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60));
    }

    private static long AskingCosts(Func<long> allocated)
    {
        long first = allocated();
        return allocated() - first;
    }

    private static byte[] Plausible(Random random, int queue)
    {
        if (queue % 2 == 0 && queue != 4)
        {
            return new byte[random.Next(1, 3000)];
        }

        byte[] bytes = new byte[queue == 4 ? random.Next(0, 24) : random.Next(12, 3000)];
        random.NextBytes(bytes);
        if (queue == 4 && bytes.Length > 2)
        {
            bytes[0] = (byte)random.Next(7);
            bytes[1] = (byte)random.Next(3);
        }
        else if (bytes.Length > 26 && random.Next(2) == 0)
        {
            bytes.AsSpan(0, 12).Clear();
            bytes[24] = 0x88;
            bytes[25] = 0xb6;
        }

        return bytes.Length == 0 ? [0] : bytes;
    }

    /// <summary>A frame of the tests' protocol with a content that follows from its length.</summary>
    private static byte[] Frame(int length)
    {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++)
        {
            frame[i] = (byte)((i * 31) + length);
        }

        frame.AsSpan(0, 6).Fill(0xff);
        new MacAddress(0x0200_0000_0002).Write(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Protocol);
        return frame;
    }

    private static void Wait(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "it did not come about within 20 s");
            Thread.Sleep(1);
        }
    }

    private void Start(int queues = 1, bool packed = false, bool up = true)
    {
        _network = HostNetwork.Create();
        TapQueue[] taps = _network.OpenTap(queues, up);
        _network.Run(() => _device = new TapNetDevice(_loop, new NetSettings("net test", s_mac, PackedQueue: packed), [.. taps]));
        _driver = new MockDriver(_device!);
    }

    private GuestAddress[] AddBuffers(int count, int size, int queue = 0)
    {
        GuestAddress[] places = new GuestAddress[count];
        for (int i = 0; i < count; i++)
        {
            places[i] = Driver.Allocate(size);
            Driver.Queue(queue).Add(new MockBuffer(places[i], (uint)size, Writable: true));
        }

        Driver.Queue(queue).Kick();
        return places;
    }

    /// <summary>Sends a frame to the device if there is one, and takes frames until one has the tests' protocol: the host has some of its own to say.</summary>
    private byte[] ReceiveUntil(byte[]? frame, GuestAddress[] buffers, int size, out int count)
    {
        if (frame is not null)
        {
            _network!.Send(frame);
        }

        int next = 0;
        while (true)
        {
            List<byte> bytes = [];
            UsedBuffer used = Driver.Queue(0).Take();
            count = Driver.Memory.Read<ushort>(buffers[next] + 10);
            for (int i = 0; i < count; i++)
            {
                used = i == 0 ? used : Driver.Queue(0).Take();
                byte[] part = new byte[used.Written];
                Assert.True(part.Length <= size);
                Driver.Memory.Read(buffers[next++], part);
                bytes.AddRange(part);
            }

            byte[] received = [.. bytes.Skip(HeaderSize)];
            if (received.Length > 14 && BinaryPrimitives.ReadUInt16BigEndian(received.AsSpan(12)) == Protocol)
            {
                return received;
            }
        }
    }

    private void SendFrame(byte[] frame, byte[]? header = null, int queue = 1)
    {
        GuestAddress place = Driver.Allocate(HeaderSize);
        Driver.Memory.Write(place, header ?? new byte[HeaderSize]);
        GuestAddress content = Driver.Allocate(frame.Length);
        Driver.Memory.Write(content, frame);
        uint half = (uint)frame.Length / 2;
        Driver.Queue(queue).Add(
            new MockBuffer(place, HeaderSize), new MockBuffer(content, half), new MockBuffer(content + half, (uint)frame.Length - half));
        Driver.Queue(queue).Kick();
        Driver.Queue(queue).Take();
    }

    private byte Command<T>(int queue, byte kind, byte command, T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[2 + System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        bytes[0] = kind;
        bytes[1] = command;
        System.Runtime.InteropServices.MemoryMarshal.Write(bytes.AsSpan(2), in value);
        return Send(queue, bytes);
    }

    private byte Send(int queue, byte[] command)
    {
        byte[] answer = Driver.Queue(queue).Request(command, room: 1);
        Assert.Single(answer);
        return answer[0];
    }

    private MacAddress Mac()
    {
        byte[] bytes = new byte[6];
        _device!.ReadConfiguration(0, bytes);
        return MacAddress.Read(bytes);
    }

    private ushort Config16(int offset)
    {
        byte[] bytes = new byte[2];
        _device!.ReadConfiguration(offset, bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    private int Status() => Config16(6);

    private void WaitForStatus(int status) => Wait(() => Status() == status);
}
