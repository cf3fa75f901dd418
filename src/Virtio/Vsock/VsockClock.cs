namespace Virtio.Vsock;

/// <summary>Ticks while somebody waits for a time to pass, and not otherwise: an idle guest wakes nobody.</summary>
internal sealed class VsockClock : IDisposable
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_later = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Func<long, bool?> _onTick;
    private bool _runs;
    private bool _soon;

    /// <param name="time">The clock.</param>
    /// <param name="onTick">Gets the time stamp; says whether to tick again soon (true), later (false), or not (null).</param>
    internal VsockClock(TimeProvider time, Func<long, bool?> onTick)
    {
        _time = time;
        _onTick = onTick;
        _timer = time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The time stamp so much later; there will be a tick after it.</summary>
    internal long After(TimeSpan time)
    {
        Run(soon: false);
        return _time.GetTimestamp() + (long)(time.TotalSeconds * _time.TimestampFrequency);
    }

    /// <summary>The next tick comes within 10 ms.</summary>
    internal void TickSoon() => Run(soon: true);

    private void Run(bool soon)
    {
        if (!_runs || (soon && !_soon))
        {
            _runs = true;
            _soon = soon;
            _timer.Change(soon ? s_soon : s_later, Timeout.InfiniteTimeSpan);
        }
    }

    private void Tick()
    {
        _runs = false;
        if (_onTick(_time.GetTimestamp()) is { } soon)
        {
            Run(soon);
        }
    }
}
