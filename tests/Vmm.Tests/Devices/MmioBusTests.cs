using Vmm.Configuration;
using Vmm.Devices;

namespace Vmm.Tests.Devices;

public sealed class MmioBusTests
{
    private readonly MmioBusBuilder _builder = new();

    private static ulong Load(MmioBus bus, ulong address, int width)
    {
        Span<byte> data = stackalloc byte[8];
        data[..width].Fill(0xa5);
        bus.Read(address, data[..width]);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(data);
    }

    [Fact]
    public void An_access_reaches_the_device_of_its_range_with_the_offset_in_it()
    {
        RecordingDevice low = new(0x11);
        RecordingDevice high = new(0x22);
        _builder.Add("high", new AddressRange(0x2000, 0x1000), high);
        _builder.Add("low", new AddressRange(0x1000, 8), low);
        MmioBus bus = _builder.Build();

        Assert.Equal(0x11111111ul, Load(bus, 0x1004, 4));
        Assert.Equal(4ul, low.LastOffset);
        Assert.Equal(0x22ul, Load(bus, 0x2fff, 1));
        Assert.Equal(0xffful, high.LastOffset);
        Assert.True(bus.Write(0x2010, [1, 2]));
        Assert.Equal(0x10ul, high.LastOffset);
        Assert.Equal(0, bus.UnmappedAccesses);
    }

    [Theory]
    [InlineData(0xfff, 1)]
    [InlineData(0x1008, 1)]
    [InlineData(0x1007, 2)] // crosses the end
    [InlineData(0x0, 8)]
    [InlineData(ulong.MaxValue, 8)]
    public void What_no_device_answers_whole_reads_as_zero(ulong address, int width)
    {
        RecordingDevice device = new(0xff);
        _builder.Add("uart", new AddressRange(0x1000, 8), device);
        MmioBus bus = _builder.Build();

        Assert.Equal(0ul, Load(bus, address, width));
        Assert.False(bus.Write(address, new byte[width]));
        Assert.Equal(0, device.Calls);
        Assert.Equal(2, bus.UnmappedAccesses);
    }

    [Fact]
    public void An_empty_bus_answers_nothing()
    {
        Assert.Equal(0ul, Load(_builder.Build(), 0, 8));
    }

    [Theory]
    [InlineData(0x1000, 0x10)]
    [InlineData(0xff8, 9)]
    [InlineData(0x100f, 1)]
    [InlineData(0xf00, 0x1000)]
    public void Overlapping_devices_are_refused_by_name(ulong start, ulong size)
    {
        _builder.Add("rtc", new AddressRange(0x1000, 0x10), new RecordingDevice(0));
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => _builder.Add("vmwdt", new AddressRange(start, size), new RecordingDevice(0)));
        Assert.Contains("vmwdt", error.Message, StringComparison.Ordinal);
        Assert.Contains("rtc at 0x1000-0x100f", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x1000, 0)]
    [InlineData(ulong.MaxValue, 8)]
    public void An_empty_range_and_one_that_wraps_are_refused(ulong start, ulong size)
    {
        Assert.Throws<ArgumentException>(() => _builder.Add("x", new AddressRange(start, size), new RecordingDevice(0)));
    }

    [Fact]
    public void Neighbours_may_touch()
    {
        _builder.Add("a", new AddressRange(0x1000, 8), new RecordingDevice(1));
        _builder.Add("b", new AddressRange(0x1008, 8), new RecordingDevice(2));
        MmioBus bus = _builder.Build();
        Assert.Equal(1ul, Load(bus, 0x1007, 1));
        Assert.Equal(2ul, Load(bus, 0x1008, 1));
    }

    [Fact]
    public void Unmapped_accesses_are_reported_once_a_second_with_the_number_left_out()
    {
        ManualTime time = new();
        List<UnmappedAccess> warnings = [];
        MmioBus bus = _builder.Build(warnings.Add, time);
        for (int i = 0; i < 1000; i++)
        {
            Load(bus, 0x5000, 4);
        }

        Assert.Equal([new UnmappedAccess(0x5000, 4, false, 0)], warnings);
        time.Advance(TimeSpan.FromSeconds(1));
        bus.Write(0x6000, [1]);
        Assert.Equal(new UnmappedAccess(0x6000, 1, true, 999), warnings[1]);
        Assert.Equal(1001, bus.UnmappedAccesses);
        Assert.Equal("guest store to 0x6000, 1 bytes, where no device is (999 more since the last report)", warnings[1].ToString());
    }

    [Fact]
    public void Any_access_agrees_with_a_search_of_all_ranges_and_allocates_nothing()
    {
        Random random = new(9);
        List<AddressRange> ranges = [];
        ulong next = 0;
        for (int i = 0; i < 20; i++)
        {
            AddressRange range = new(next + (ulong)random.Next(3) * 8, (ulong)random.Next(1, 64));
            ranges.Add(range);
            _builder.Add($"device {i}", range, new RecordingDevice((byte)(i + 1)));
            next = range.End;
        }

        MmioBus bus = _builder.Build();
        void Step()
        {
            ulong address = (ulong)random.NextInt64((long)next + 16);
            int width = MmioAccess.Widths[random.Next(4)];
            int expected = 0;
            for (int i = 0; i < ranges.Count; i++)
            {
                expected = ranges[i].Contains(address, (ulong)width) ? i + 1 : expected;
            }

            if ((byte)Load(bus, address, width) != expected)
            {
                throw new InvalidOperationException($"0x{address:x}, {width} bytes");
            }
        }

        for (int block = 0; block < 100; block++)
        {
            Assert.Equal(0, Allocations.OfThousand(Step));
        }
    }

    private sealed class RecordingDevice(byte fill) : IMmioDevice
    {
        internal ulong LastOffset { get; private set; }

        internal int Calls { get; private set; }

        public void Read(ulong offset, Span<byte> data)
        {
            LastOffset = offset;
            Calls++;
            data.Fill(fill);
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            LastOffset = offset;
            Calls++;
        }
    }
}
