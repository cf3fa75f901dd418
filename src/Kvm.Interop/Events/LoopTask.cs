namespace Kvm.Interop.Events;

/// <summary>Work that any thread can ask an <see cref="EventLoop"/> to do.</summary>
public sealed class LoopTask : IDisposable
{
    private readonly EventLoop _loop;
    private readonly Action _action;
    private int _scheduled;

    internal LoopTask(EventLoop loop, Action action)
    {
        _loop = loop;
        _action = action;
    }

    /// <summary>Has the action run soon, once for any number of calls before it starts. Never blocks, never allocates.</summary>
    public void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _loop.WakeIfAsleep();
        }
    }

    /// <summary>Takes the task out of the loop.</summary>
    public void Dispose() => _loop.Remove(this);

    internal bool RunIfScheduled()
    {
        // Cleared first: what is asked for while the action runs makes it run again.
        if (Interlocked.Exchange(ref _scheduled, 0) == 0)
        {
            return false;
        }

        _action();
        return true;
    }
}
