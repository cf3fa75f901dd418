using System.Buffers.Binary;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Kvm.Interop.Terminals;
using Virtio.Console;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Console;

public sealed class ConsoleDeviceTests : IDisposable
{
    private const int Receive = 0;
    private const int Transmit = 1;

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;
    private readonly TestOutput _output = new(16384);
    private readonly ConsoleDevice _device;
    private readonly MockDriver _driver;
    private int _roomCalls;

    public ConsoleDeviceTests()
    {
        _loop = new EventLoop("console test", _errors.Add);
        _device = new ConsoleDevice(_loop, "console hvc0", _output, hasSize: true) { InputRoomAvailable = () => _roomCalls++ };
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

    [Theory]
    [InlineData(VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors)]
    [InlineData(VirtioFeatures.PackedRing)]
    [InlineData(0)]
    public void Output_of_any_shape_arrives_in_order(ulong features)
    {
        _driver.Activate(features);
        var random = new Random(7);
        List<byte> expected = [];
        List<byte> seen = [];
        ulong mark = _driver.Mark;
        for (int i = 0; i < 300; i++)
        {
            _driver.Mark = mark;
            byte[] text = new byte[random.Next(1, 6000)];
            random.NextBytes(text);
            expected.AddRange(text);
            int cut = random.Next(text.Length);
            GuestAddress place = Place(text);
            _driver.Queue(Transmit).Add(new MockBuffer(place, (uint)cut), new MockBuffer(place + (uint)cut, (uint)(text.Length - cut)));
            _driver.Queue(Transmit).Kick();
            while (!_driver.Queue(Transmit).TryTake(out _))
            {
                seen.AddRange(_output.Take());
            }
        }

        seen.AddRange(_output.Take());
        Assert.Equal(expected, seen);
    }

    [Fact]
    public void A_back_end_that_is_full_makes_the_guest_wait_and_loses_nothing()
    {
        _driver.Activate();
        byte[] text = new byte[100_000];
        new Random(1).NextBytes(text);
        _driver.Queue(Transmit).Add(new MockBuffer(Place(text), (uint)text.Length));
        _driver.Queue(Transmit).Kick();
        _loop.Until(() => _output.Count == 16384);
        Thread.Sleep(20);

        Assert.False(_driver.Queue(Transmit).TryTake(out _));
        Assert.Equal(16384, _output.Count);

        List<byte> seen = [];
        while (!_driver.Queue(Transmit).TryTake(out _))
        {
            seen.AddRange(_output.Take());
        }

        seen.AddRange(_output.Take());
        Assert.Equal(text, seen);
    }

    [Fact]
    public void Output_that_waits_at_the_end_goes_out_with_the_reset()
    {
        _driver.Activate();
        GuestAddress place = Place("last words"u8);
        _driver.Queue(Transmit).Add(new MockBuffer(place, 10));
        _driver.Reset();

        Assert.Equal("last words"u8, _output.Take());
    }

    [Fact]
    public void Without_a_back_end_output_is_taken_and_dropped()
    {
        using var device = new ConsoleDevice(_loop, "console hvc1", output: null);
        using var driver = new MockDriver(device);
        driver.Activate();
        driver.Queue(Transmit).Add(new MockBuffer(driver.Allocate(1 << 20), 1 << 20));
        driver.Queue(Transmit).Kick();

        Assert.Equal(0u, driver.Queue(Transmit).Take().Written);
        driver.Reset();
    }

    [Fact]
    public void Input_waits_for_buffers_and_fills_them_in_order()
    {
        Assert.Equal(0, _loop.On(_device.InputRoom));
        _driver.Activate();
        _loop.Until(() => _roomCalls > 0);
        Assert.Equal(0, _loop.On(_device.InputRoom));
        GuestAddress first = _driver.Allocate(4);
        GuestAddress second = _driver.Allocate(8);
        int calls = _roomCalls;
        _driver.Queue(Receive).Add(new MockBuffer(first, 4, Writable: true));
        _driver.Queue(Receive).Add(new MockBuffer(second, 8, Writable: true));
        Assert.True(_driver.Queue(Receive).WantsKick());
        _driver.Queue(Receive).Kick();
        _loop.Until(() => _roomCalls > calls);

        Assert.Equal(4, _loop.On(_device.InputRoom));
        Assert.Equal(4, _loop.On(() => _device.Receive("abcdef"u8)));
        Assert.Equal(8, _loop.On(_device.InputRoom));
        Assert.Equal(2, _loop.On(() => _device.Receive("ef"u8)));
        Assert.Equal(0, _loop.On(_device.InputRoom));
        Assert.Equal(0, _loop.On(() => _device.Receive("x"u8)));

        Assert.Equal(4u, _driver.Queue(Receive).Take().Written);
        Assert.Equal(2u, _driver.Queue(Receive).Take().Written);
        Assert.Equal("abcd"u8, _driver.Memory.GetSpan(first, 4));
        Assert.Equal("ef"u8, _driver.Memory.GetSpan(second, 2));
    }

    [Fact]
    public void Input_buffers_without_room_are_given_back_and_do_not_hold_up_the_loop()
    {
        _driver.Activate();
        GuestAddress place = _driver.Allocate(16);
        for (int i = 0; i < 200; i++)
        {
            _driver.Queue(Receive).Add(new MockBuffer(place, 1));
        }

        _driver.Queue(Receive).Add(new MockBuffer(place, 16, Writable: true));
        _driver.Queue(Receive).Kick();
        _loop.Until(() => _device.InputRoom() == 16);

        Assert.Equal(3, _loop.On(() => _device.Receive("abc"u8)));
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(0u, _driver.Queue(Receive).Take().Written);
        }

        Assert.Equal(3u, _driver.Queue(Receive).Take().Written);
    }

    [Fact]
    public void A_size_reaches_the_guest_and_each_change_is_told_once()
    {
        _device.Resize(new TerminalSize(80, 25));
        _driver.Activate();
        _loop.Until(() => _driver.Signals.ConfigurationChanges == 1);
        Assert.Equal((80, 25), Size());

        _device.Resize(new TerminalSize(80, 25));
        _device.Resize(new TerminalSize(132, 50));
        _loop.Until(() => _driver.Signals.ConfigurationChanges == 2);
        Assert.Equal((132, 50), Size());
        Assert.NotEqual(0ul, _device.Features & 1);
    }

    [Fact]
    public void A_console_on_no_terminal_offers_no_size()
    {
        using var device = new ConsoleDevice(_loop, "console hvc1", output: null);
        device.Resize(new TerminalSize(80, 25));
        byte[] configuration = new byte[16];
        device.ReadConfiguration(0, configuration);

        Assert.Equal(0ul, device.Features & 3);
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], configuration);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(11, 8)]
    [InlineData(12, 4)]
    [InlineData(int.MaxValue, 8)]
    [InlineData(-4, 8)]
    public void The_configuration_is_read_at_any_place(int offset, int length)
    {
        byte[] data = new byte[length];
        data.AsSpan().Fill(0xff);
        _device.Resize(new TerminalSize(80, 25));
        _device.ReadConfiguration(offset, data);
        _device.WriteConfiguration(offset, data);

        Assert.Equal(offset == 0 ? (byte)80 : (byte)0, data[0]);
        Assert.Equal(0, data[^1] is 80 ? 0 : data[^1]);
    }

    [Fact]
    public void A_reset_in_the_middle_of_a_buffer_forgets_it()
    {
        _driver.Activate();
        byte[] text = new byte[100_000];
        _driver.Queue(Transmit).Add(new MockBuffer(Place(text), (uint)text.Length));
        _driver.Queue(Transmit).Kick();
        _loop.Until(() => _output.Count == 16384);
        _driver.Reset();
        _output.Take();
        _driver.Activate();
        _driver.Queue(Transmit).Add(new MockBuffer(Place("new"u8), 3));
        _driver.Queue(Transmit).Kick();
        _driver.Queue(Transmit).Take();

        Assert.Equal("new"u8, _output.Take());
    }

    [Fact]
    public void Nothing_is_allocated_for_a_buffer()
    {
        _driver.Activate();
        GuestAddress text = Place("0123456789abcdef"u8);
        GuestAddress room = _driver.Allocate(64);
        void Exchange(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _driver.Queue(Transmit).Add(new MockBuffer(text, 16));
                _driver.Queue(Transmit).Kick();
                _driver.Queue(Transmit).Take();
                _driver.Queue(Receive).Add(new MockBuffer(room, 64, Writable: true));
                _driver.Queue(Receive).Kick();
                _driver.Queue(Receive).Take();
                _output.Take();
            }
        }

        // Input is given by a task of the loop, as a back end does.
        using LoopTask input = _loop.CreateTask(() =>
        {
            while (_device.InputRoom() > 0)
            {
                _device.Receive("input"u8);
            }
        });
        _device.InputRoomAvailable = input.Schedule;
        input.Schedule();
        Exchange(200);

        Assert.Equal(0, _loop.AllocatedBy(() => Exchange(200)));
    }

    [Fact]
    public void A_random_driver_harms_nothing()
    {
        using LoopTask input = _loop.CreateTask(() =>
        {
            for (int i = 0; i < 16 && _device.InputRoom() > 0; i++)
            {
                _device.Receive("a line of input\n"u8);
            }
        });
        _device.InputRoomAvailable = input.Schedule;
        var reader = new Timer(_ => _output.Take(), null, 1, 1);
        try
        {
            var random = new RandomDriver(_device, _driver, seed: 31);
            random.Run(100_000, TimeSpan.FromSeconds(30));
            Assert.True(random.Used > 100, $"{random.Used} buffers were used");
        }
        finally
        {
            using var stopped = new ManualResetEvent(false);
            reader.Dispose(stopped);
            stopped.WaitOne();
        }

        _device.InputRoomAvailable = null;
        _driver.Activate();
        _driver.Queue(Transmit).Add(new MockBuffer(Place("still here"u8), 10));
        _output.Take();
        _driver.Queue(Transmit).Kick();
        _driver.Queue(Transmit).Take();
        Assert.Equal("still here"u8, _output.Take());
    }

    private (int Columns, int Rows) Size()
    {
        byte[] data = new byte[4];
        _device.ReadConfiguration(0, data);
        return (BinaryPrimitives.ReadUInt16LittleEndian(data), BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2)));
    }

    private GuestAddress Place(ReadOnlySpan<byte> bytes)
    {
        GuestAddress place = _driver.Allocate(bytes.Length);
        _driver.Memory.Write(place, bytes);
        return place;
    }
}
