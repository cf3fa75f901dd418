namespace Vmm.Tests.Devices;

/// <summary>A clock that stands still until <see cref="Advance"/>; its timers expire on the caller's thread.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];

    internal DateTimeOffset UtcNow { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private TimeSpan Elapsed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => UtcNow;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    internal int ArmedTimers => _timers.Count(timer => timer.Due is not null);

    internal void Advance(TimeSpan span)
    {
        TimeSpan end = Elapsed + span;
        while (_timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            MoveTo(next.Due!.Value > Elapsed ? next.Due.Value : Elapsed);
            next.Expire();
        }

        MoveTo(end);
    }

    private void MoveTo(TimeSpan elapsed)
    {
        UtcNow += elapsed - Elapsed;
        Elapsed = elapsed;
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        internal TimeSpan? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : time.Elapsed + dueTime;
            return true;
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Expire()
        {
            Due = null;
            callback(state);
        }
    }
}
