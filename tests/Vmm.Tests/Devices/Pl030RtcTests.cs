using Vmm.Devices;

namespace Vmm.Tests.Devices;

public sealed class Pl030RtcTests : IDisposable
{
    private const ulong RTCDR = 0x00;
    private const ulong RTCMR = 0x04;
    private const ulong RTCSTAT = 0x08;
    private const ulong RTCEOI = 0x08;
    private const ulong RTCLR = 0x0c;
    private const ulong RTCCR = 0x10;

    private readonly RecordingLine _line = new();
    private readonly ManualTime _time = new();
    private readonly Pl030Rtc _rtc;

    public Pl030RtcTests() => _rtc = new Pl030Rtc(_line, _time);

    public void Dispose() => _rtc.Dispose();

    [Fact]
    public void The_counter_is_UTC_in_seconds()
    {
        Assert.Equal(1_700_000_000u, _rtc.Read32(RTCDR));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(1_700_000_090u, _rtc.Read32(RTCDR));
    }

    [Fact]
    public void A_loaded_counter_runs_on_from_there()
    {
        _rtc.Write32(RTCLR, 1000);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1005u, _rtc.Read32(RTCDR));
        Assert.Equal(1000u, _rtc.Read32(RTCLR));
    }

    [Fact]
    public void The_AMBA_bus_reads_its_identification_byte_by_byte()
    {
        // drivers/amba/bus.c reads four registers of one byte each
        uint Assemble(ulong start) => Enumerable.Range(0, 4).Aggregate(0u, (id, i) => id | ((_rtc.Read32(start + (ulong)(i * 4)) & 0xff) << (i * 8)));
        Assert.Equal(0x00041030u, Assemble(0xfe0));
        Assert.Equal(0xb105f00du, Assemble(0xff0));
    }

    [Fact]
    public void The_alarm_holds_the_line_from_the_matching_second_until_it_is_cleared()
    {
        _time.Advance(TimeSpan.FromMilliseconds(300));
        _rtc.Write32(RTCMR, _rtc.Read32(RTCDR) + 10);
        _rtc.Write32(RTCCR, 1);
        _time.Advance(TimeSpan.FromSeconds(9.6));
        Assert.False(_line.Level);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(_line.Level);
        Assert.Equal(1u, _rtc.Read32(RTCSTAT));
        _rtc.Write32(RTCEOI, 0);
        Assert.False(_line.Level);
        Assert.Equal(0u, _rtc.Read32(RTCSTAT));
        Assert.Equal(1, _line.Raised);
    }

    [Fact]
    public void Without_its_interrupt_enabled_the_alarm_is_silent()
    {
        _rtc.Write32(RTCMR, _rtc.Read32(RTCDR) + 2);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _line.Raised);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void A_match_value_that_is_now_matches_at_once()
    {
        _rtc.Write32(RTCCR, 1);
        _rtc.Write32(RTCMR, _rtc.Read32(RTCDR));
        Assert.True(_line.Level);
        _rtc.Write32(RTCCR, 0);
        Assert.False(_line.Level);
    }

    [Fact]
    public void An_alarm_follows_the_host_clock_when_that_is_set_back()
    {
        _rtc.Write32(RTCMR, _rtc.Read32(RTCDR) + 10);
        _rtc.Write32(RTCCR, 1);
        _time.UtcNow -= TimeSpan.FromSeconds(5);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(_line.Level);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_line.Level);
    }

    [Fact]
    public void The_data_register_cannot_be_written_and_narrow_stores_do_nothing()
    {
        _rtc.Write32(RTCDR, 5);
        _rtc.Write8(RTCMR, 5);
        _rtc.Store(RTCMR + 2, 5, 2);
        Assert.Equal(1_700_000_000u, _rtc.Read32(RTCDR));
        Assert.Equal(0u, _rtc.Read32(RTCMR));
    }

    [Fact]
    public void Narrow_and_misaligned_loads_take_their_bytes_from_the_registers()
    {
        _rtc.Write32(RTCMR, 0x44332211);
        Assert.Equal(0x22, _rtc.Read8(RTCMR + 1));
        Assert.Equal(0x4433ul, _rtc.Load(RTCMR + 2, 2));
        Assert.Equal(0x0000_0000_4433_2211ul, _rtc.Load(RTCMR, 8));
        Assert.Equal(0x0000_4433ul, _rtc.Load(RTCMR + 2, 4));
    }

    [Fact]
    public void Every_register_at_every_offset_and_width_is_harmless()
    {
        foreach (int width in MmioAccess.Widths)
        {
            for (ulong offset = 0; offset + (ulong)width <= Pl030Rtc.Size; offset++)
            {
                _rtc.Store(offset, ulong.MaxValue, width);
                _rtc.Load(offset, width);
            }
        }
    }

    [Fact]
    public void A_random_driver_of_100000_steps_allocates_nothing() =>
        Assert.Equal(0, _rtc.Hammer(0x18, 100_000, seed: 5));
}
