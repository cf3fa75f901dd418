using Kvm.Interop.Interrupts;

namespace Vmm.Devices;

/// <summary>The countdown of one vCPU in the <see cref="StallDetector"/>.</summary>
internal sealed class VcpuCountdown : IDisposable
{
    // The host accounts guest time in steps of 10 ms (USER_HZ); looking more often than that finds nothing new.
    private static readonly TimeSpan s_shortestCheck = TimeSpan.FromMilliseconds(10);

    // 2^32 ticks at 1 Hz are 136 years; a timer that far off is none.
    private static readonly TimeSpan s_longestPeriod = TimeSpan.FromDays(365);

    private readonly Lock _gate = new();
    private readonly int _vcpu;
    private readonly IInterruptLine _interrupt;
    private readonly Func<int, TimeSpan?> _guestTime;
    private readonly Action<int> _onStall;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    private bool _enabled;
    private bool _interruptSent;
    private uint _load;
    private uint _frequency;
    private TimeSpan? _guestTimeAtReload;
    private long _timestampAtReload;

    internal VcpuCountdown(int vcpu, IInterruptLine interrupt, Func<int, TimeSpan?> guestTime, Action<int> onStall, TimeProvider time)
    {
        _vcpu = vcpu;
        _interrupt = interrupt;
        _guestTime = guestTime;
        _onStall = onStall;
        _time = time;
        _timer = time.CreateTimer(static self => ((VcpuCountdown)self!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal bool Enabled => Volatile.Read(ref _enabled);

    internal uint Load => Volatile.Read(ref _load);

    internal uint Frequency => Volatile.Read(ref _frequency);

    private TimeSpan Period =>
        TimeSpan.FromSeconds(Math.Min((double)_load / _frequency, s_longestPeriod.TotalSeconds));

    public void Dispose() => _timer.Dispose();

    /// <summary>The ticks left, 0 when stopped or expired.</summary>
    internal uint Current()
    {
        lock (_gate)
        {
            if (!_enabled || _frequency == 0)
            {
                return 0;
            }

            double left = _load - (Elapsed().TotalSeconds * _frequency);
            return left > 0 ? (uint)left : 0;
        }
    }

    internal void Enable(bool value)
    {
        lock (_gate)
        {
            _enabled = value;
            Restart();
        }
    }

    internal void Reload(uint ticks)
    {
        lock (_gate)
        {
            _load = ticks;
            Restart();
        }
    }

    internal void SetFrequency(uint hertz)
    {
        lock (_gate)
        {
            _frequency = hertz;
            Restart();
        }
    }

    private void Restart()
    {
        _interruptSent = false;
        StartPeriod();
    }

    private void StartPeriod()
    {
        // A clock of 0 Hz does not run.
        if (!_enabled || _frequency == 0)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        _guestTimeAtReload = _guestTime(_vcpu);
        _timestampAtReload = _time.GetTimestamp();
        CheckIn(Period);
    }

    private void CheckIn(TimeSpan delay) =>
        _timer.Change(delay > s_shortestCheck ? delay : s_shortestCheck, Timeout.InfiniteTimeSpan);

    private TimeSpan Elapsed() =>
        _guestTimeAtReload is { } start && _guestTime(_vcpu) is { } now ? now - start : _time.GetElapsedTime(_timestampAtReload);

    private void Check()
    {
        lock (_gate)
        {
            if (!_enabled || _frequency == 0)
            {
                return; // stopped while the timer was on its way
            }

            TimeSpan left = Period - Elapsed();
            if (left > TimeSpan.Zero)
            {
                CheckIn(left);
                return;
            }

            if (!_interruptSent)
            {
                _interruptSent = true;
                _interrupt.Raise();
                StartPeriod();
                return;
            }

            _enabled = false;
        }

        _onStall(_vcpu);
    }
}
