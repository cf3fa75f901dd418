namespace Vmm.Devices;

/// <summary>Work that any thread can ask an <see cref="EventLoop"/> to do.</summary>
public sealed class LoopTask : IDisposable
{
    private readonly EventLoop loop;
    private readonly Action action;
    private int scheduled;

    internal LoopTask(EventLoop loop, Action action)
    {
        this.loop = loop;
        this.action = action;
    }

    /// <summary>Has the action run soon, once for any number of calls before it starts. Never blocks, never allocates.</summary>
    public void Schedule()
    {
        if (Interlocked.Exchange(ref scheduled, 1) == 0)
        {
            loop.WakeIfAsleep();
        }
    }

    /// <summary>Takes the task out of the loop.</summary>
    public void Dispose() => loop.Remove(this);

    internal bool RunIfScheduled()
    {
        // Cleared first: what is asked for while the action runs makes it run again.
        if (Interlocked.Exchange(ref scheduled, 0) == 0)
        {
            return false;
        }

        action();
        return true;
    }
}
