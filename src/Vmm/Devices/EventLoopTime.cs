using Kvm.Interop.Events;

namespace Vmm.Devices;

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
        private readonly TimerFd timer = new();
        private readonly EventWatch watch;

        internal LoopTimer(EventLoop loop, TimerCallback callback, object? state) =>
            watch = loop.Watch(timer, EpollEvents.EPOLLIN, _ =>
            {
                // None when it was started anew or stopped after it expired.
                if (timer.TryConsume(out ulong _))
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
                timer.Stop();
            }
            else
            {
                timer.StartOnce(dueTime);
            }

            return true;
        }

        public void Dispose()
        {
            watch.Dispose();
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
