using Vmm.Devices;

namespace Vmm.Tests.Devices;

public sealed class StallDetectorTests : IDisposable
{
    private const ulong STATUS = 0x0;
    private const ulong LOAD_CNT = 0x4;
    private const ulong CURRENT_CNT = 0x8;
    private const ulong CLOCK_FREQ_HZ = 0xc;
    private const ulong Cpu1 = 0x10;

    private readonly RecordingLine[] _lines = [new(), new()];
    private readonly ManualTime _time = new();
    private readonly TimeSpan?[] _guestTime = [TimeSpan.Zero, TimeSpan.Zero];
    private readonly List<int> _stalled = [];
    private readonly StallDetector _detector;

    public StallDetectorTests() => _detector = new StallDetector(_lines, vcpu => _guestTime[vcpu], _stalled.Add, _time);

    public void Dispose() => _detector.Dispose();

    // start_stall_detector_cpu() with clock-frequency 2 and timeout-sec 10
    private void Start(ulong cpu = 0)
    {
        _detector.Write32(cpu + CLOCK_FREQ_HZ, 2);
        _detector.Write32(cpu + LOAD_CNT, 20);
        _detector.Write32(cpu + STATUS, 1);
    }

    // Time in which the vCPU runs all along.
    private void RunGuest(double seconds, int vcpu = 0)
    {
        for (double done = 0; done < seconds; done += 0.5)
        {
            _guestTime[vcpu] += TimeSpan.FromSeconds(0.5);
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
    }

    [Fact]
    public void A_stalled_vCPU_gets_its_interrupt_after_one_period_and_ends_the_VM_after_two()
    {
        Start();
        RunGuest(9.5);
        Assert.Equal(0, _lines[0].Raised);
        RunGuest(1);
        Assert.Equal(1, _lines[0].Raised);
        Assert.Empty(_stalled);
        RunGuest(9);
        Assert.Empty(_stalled);
        RunGuest(1.5);
        Assert.Equal([0], _stalled);
        RunGuest(100);
        Assert.Equal([0], _stalled);
        Assert.Equal(0, _lines[1].Raised);
    }

    [Fact]
    public void A_guest_that_reloads_is_left_alone()
    {
        Start();
        for (int i = 0; i < 20; i++)
        {
            RunGuest(5);
            _detector.Write32(LOAD_CNT, 20);
        }

        Assert.Equal(0, _lines[0].Raised);
    }

    [Fact]
    public void A_reload_after_the_interrupt_gives_two_periods_again()
    {
        Start();
        RunGuest(15);
        Assert.Equal(1, _lines[0].Raised);
        _detector.Write32(LOAD_CNT, 20);
        RunGuest(15);
        Assert.Equal(2, _lines[0].Raised);
        Assert.Empty(_stalled);
    }

    [Fact]
    public void A_host_that_gives_the_vCPU_no_time_does_not_make_it_stalled()
    {
        Start();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _lines[0].Raised);
        RunGuest(9);
        Assert.Equal(0, _lines[0].Raised);
        RunGuest(11);
        Assert.Equal(1, _lines[0].Raised);
    }

    [Fact]
    public void Without_guest_time_all_time_counts()
    {
        _guestTime[0] = null;
        Start();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, _lines[0].Raised);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([0], _stalled);
    }

    [Fact]
    public void Each_vCPU_has_its_own_countdown()
    {
        Start();
        Start(Cpu1);
        RunGuest(11, vcpu: 1);
        Assert.Equal(0, _lines[0].Raised);
        Assert.Equal(1, _lines[1].Raised);
        RunGuest(11, vcpu: 1);
        Assert.Equal([1], _stalled);
    }

    [Fact]
    public void A_stopped_countdown_never_expires()
    {
        Start();
        RunGuest(9);
        _detector.Write32(STATUS, 0);
        RunGuest(60);
        Assert.Equal(0, _lines[0].Raised);
        Assert.Equal(0, _time.ArmedTimers);
        Assert.Equal(0u, _detector.Read32(STATUS));
    }

    [Fact]
    public void The_registers_show_the_configuration_and_the_ticks_left()
    {
        Start();
        _guestTime[0] = TimeSpan.FromSeconds(4);
        Assert.Equal(1u, _detector.Read32(STATUS));
        Assert.Equal(20u, _detector.Read32(LOAD_CNT));
        Assert.Equal(2u, _detector.Read32(CLOCK_FREQ_HZ));
        Assert.Equal(12u, _detector.Read32(CURRENT_CNT));
        _detector.Write32(CURRENT_CNT, 99);
        Assert.Equal(12u, _detector.Read32(CURRENT_CNT));
        _guestTime[0] = TimeSpan.FromHours(4);
        Assert.Equal(0u, _detector.Read32(CURRENT_CNT));
    }

    [Fact]
    public void A_clock_of_zero_hertz_does_not_run()
    {
        _detector.Write32(LOAD_CNT, 20);
        _detector.Write32(STATUS, 1);
        RunGuest(100);
        Assert.Equal(0, _lines[0].Raised);
        Assert.Equal(0u, _detector.Read32(CURRENT_CNT));
    }

    [Fact]
    public void A_vCPU_that_does_not_exist_has_no_registers()
    {
        _detector.Write32(0x20 + STATUS, 1);
        Assert.Equal(0u, _detector.Read32(0x20 + STATUS));
        Assert.Equal(0u, _detector.Read32(0xffc));
    }

    [Fact]
    public void Every_register_at_every_offset_and_width_is_harmless()
    {
        foreach (int width in MmioAccess.Widths)
        {
            for (ulong offset = 0; offset + (ulong)width <= StallDetector.Size; offset++)
            {
                _detector.Store(offset, ulong.MaxValue, width);
                _detector.Load(offset, width);
            }
        }

        _time.Advance(TimeSpan.FromDays(2));
    }

    [Fact]
    public void A_random_driver_of_100000_steps_allocates_nothing() =>
        Assert.Equal(0, _detector.Hammer(0x30, 100_000, seed: 11));
}
