using Kvm.Interop.Interrupts;

namespace Vmm.Devices;

/// <summary>The countdown of one vCPU in the <see cref="StallDetector"/>.</summary>
internal sealed class VcpuCountdown : IDisposable
{
    // The host accounts guest time in steps of 10 ms (USER_HZ); looking more often than that finds nothing new.
    private static readonly TimeSpan ShortestCheck = TimeSpan.FromMilliseconds(10);

    // 2^32 ticks at 1 Hz are 136 years; a timer that far off is none.
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(365);

    private readonly Lock gate = new();
    private readonly int vcpu;
    private readonly IInterruptLine interrupt;
    private readonly Func<int, TimeSpan?> guestTime;
    private readonly Action<int> onStall;
    private readonly TimeProvider time;
    private readonly ITimer timer;

    private bool enabled;
    private bool interruptSent;
    private uint load;
    private uint frequency;
    private TimeSpan? guestTimeAtReload;
    private long timestampAtReload;

    internal VcpuCountdown(int vcpu, IInterruptLine interrupt, Func<int, TimeSpan?> guestTime, Action<int> onStall, TimeProvider time)
    {
        this.vcpu = vcpu;
        this.interrupt = interrupt;
        this.guestTime = guestTime;
        this.onStall = onStall;
        this.time = time;
        timer = time.CreateTimer(static self => ((VcpuCountdown)self!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal bool Enabled => Volatile.Read(ref enabled);

    internal uint Load => Volatile.Read(ref load);

    internal uint Frequency => Volatile.Read(ref frequency);

    private TimeSpan Period =>
        TimeSpan.FromSeconds(Math.Min((double)load / frequency, LongestPeriod.TotalSeconds));

    public void Dispose() => timer.Dispose();

    /// <summary>The ticks left, 0 when stopped or expired.</summary>
    internal uint Current()
    {
        lock (gate)
        {
            if (!enabled || frequency == 0)
            {
                return 0;
            }

            double left = load - (Elapsed().TotalSeconds * frequency);
            return left > 0 ? (uint)left : 0;
        }
    }

    internal void Enable(bool value)
    {
        lock (gate)
        {
            enabled = value;
            Restart();
        }
    }

    internal void Reload(uint ticks)
    {
        lock (gate)
        {
            load = ticks;
            Restart();
        }
    }

    internal void SetFrequency(uint hertz)
    {
        lock (gate)
        {
            frequency = hertz;
            Restart();
        }
    }

    private void Restart()
    {
        interruptSent = false;
        StartPeriod();
    }

    private void StartPeriod()
    {
        // A clock of 0 Hz does not run.
        if (!enabled || frequency == 0)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        guestTimeAtReload = guestTime(vcpu);
        timestampAtReload = time.GetTimestamp();
        CheckIn(Period);
    }

    private void CheckIn(TimeSpan delay) =>
        timer.Change(delay > ShortestCheck ? delay : ShortestCheck, Timeout.InfiniteTimeSpan);

    private TimeSpan Elapsed() =>
        guestTimeAtReload is { } start && guestTime(vcpu) is { } now ? now - start : time.GetElapsedTime(timestampAtReload);

    private void Check()
    {
        lock (gate)
        {
            if (!enabled || frequency == 0)
            {
                return; // stopped while the timer was on its way
            }

            TimeSpan left = Period - Elapsed();
            if (left > TimeSpan.Zero)
            {
                CheckIn(left);
                return;
            }

            if (!interruptSent)
            {
                interruptSent = true;
                interrupt.Raise();
                StartPeriod();
                return;
            }

            enabled = false;
        }

        onStall(vcpu);
    }
}
