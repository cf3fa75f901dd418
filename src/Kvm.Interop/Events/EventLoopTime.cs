
namespace Kvm.Interop.Events;

/// <summary>The system's clock, with timers on an <see cref="EventLoop"/>.</summary>
internal sealed class EventLoopTime(EventLoop loop) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LoopTimer timer = new(loop, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LoopTimer : ITimer
    {
        private readonly TimerFd _timer = new();
        private readonly EventWatch _watch;

        internal LoopTimer(EventLoop loop, TimerCallback callback, object? state) =>
            _watch = loop.Watch(_timer, EpollEvents.EPOLLIN, _ =>
            {
                // None when it was started anew or stopped after it expired.
                if (_timer.TryConsume(out ulong _))
                {
                    callback(state);
                }
            });

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(nameof(period), period, "the event loop's timers expire once");
            }

            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                _timer.Stop();
            }
            else
            {
                _timer.StartOnce(dueTime);
            }

            return true;
        }

        public void Dispose()
        {
            _watch.Dispose();
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
