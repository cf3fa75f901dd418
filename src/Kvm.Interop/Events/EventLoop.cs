using Kvm.Interop.Files;

namespace Kvm.Interop.Events;

/// <summary>The one thread that serves the devices' descriptors and timers, so that no vCPU thread waits for the host.</summary>
/// <remarks>
/// Handlers run on this thread, one at a time, and must not block. A handler that throws is reported, loses its descriptor and harms nobody
/// else. Threads hand work over by <see cref="LoopTask.Schedule"/>; while the loop is busy, and for two milliseconds after, that costs them
/// no system call, so a guest that prints a character at a time causes one wake-up for many.
/// </remarks>
public sealed class EventLoop : IDisposable
{
    private const int LingerMilliseconds = 2;
    private const ulong WakeToken = ulong.MaxValue;

    private readonly Lock _gate = new();
    private readonly Epoll _epoll = new();
    private readonly EventFd _wake = new("event loop");
    private readonly Thread _thread;
    private readonly Action<Exception> _onError;
    private EventWatch?[] _watches = new EventWatch?[16];
    private LoopTask[] _tasks = [];
    private uint _generation;
    private int _awake;
    private volatile bool _stopping;
    private volatile bool _started;
    private bool _disposed;

    /// <param name="name">The thread's name, at most 15 bytes to be seen whole by ps.</param>
    /// <param name="onError">Told, on the loop's thread, what a handler threw.</param>
    public EventLoop(string name, Action<Exception> onError)
    {
        _onError = onError;
        Time = new EventLoopTime(this);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _epoll.Add(_wake, EpollEvents.EPOLLIN, WakeToken);
    }

    /// <summary>The system's clock with timers that expire on the loop's thread (one timerfd each, one-shot only).</summary>
    public TimeProvider Time { get; }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _thread.Start();
        _started = true;
    }

    /// <summary>Ends the thread and waits for it; what is scheduled by then has run. Further calls do nothing. Not for use on the thread itself.</summary>
    public void Stop()
    {
        _stopping = true;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _wake.Signal();
        }

        if (_started)
        {
            _thread.Join();
        }
    }

    /// <summary>Stops the loop and closes its descriptors; the watched ones stay open.</summary>
    public void Dispose()
    {
        Stop();
        lock (_gate)
        {
            _disposed = true;
            _epoll.Dispose();
            _wake.Dispose();
        }
    }

    /// <summary>Calls a handler on the loop's thread whenever a descriptor is ready.</summary>
    /// <param name="descriptor">Stays the caller's; it must stay open until the watch is disposed.</param>
    /// <param name="events">What to wait for; errors and hang-ups always count.</param>
    /// <param name="handler">Gets what the descriptor is ready for.</param>
    /// <exception cref="LinuxException">EPERM for a file that is always ready, such as a regular one.</exception>
    public EventWatch Watch(FileDescriptor descriptor, EpollEvents events, Action<EpollEvents> handler) =>
        TryWatch(descriptor, events, handler) ?? throw new LinuxException("EPOLL_CTL_ADD", descriptor.Name, Errno.EPERM);

    /// <summary>Calls a handler on the loop's thread whenever a descriptor is ready.</summary>
    /// <param name="descriptor">Stays the caller's; it must stay open until the watch is disposed.</param>
    /// <param name="events">What to wait for; errors and hang-ups always count.</param>
    /// <param name="handler">Gets what the descriptor is ready for.</param>
    /// <returns>Null for a file that is always ready: a regular one, <c>/dev/null</c>.</returns>
    public EventWatch? TryWatch(FileDescriptor descriptor, EpollEvents events, Action<EpollEvents> handler)
    {
        lock (_gate)
        {
            int slot = Array.IndexOf(_watches, null);
            if (slot < 0)
            {
                slot = _watches.Length;
                Array.Resize(ref _watches, slot * 2);
            }

            // The generation keeps an event that was already on its way from reaching a later watch in the same place.
            EventWatch watch = new(this, descriptor, events, handler, ((ulong)(_generation++ & int.MaxValue) << 32) | (uint)slot);
            if (!_epoll.TryAdd(descriptor, events, watch.Token))
            {
                return null;
            }

            _watches[slot] = watch;
            return watch;
        }
    }

    /// <summary>Makes a task that other threads can schedule.</summary>
    public LoopTask CreateTask(Action action)
    {
        LoopTask task = new(this, action);
        lock (_gate)
        {
            _tasks = [.. _tasks, task];
        }

        return task;
    }

    internal void Change(EventWatch watch, EpollEvents events)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _epoll.Modify(watch.Descriptor, events, watch.Token);
            }
        }
    }

    internal void Remove(EventWatch watch)
    {
        lock (_gate)
        {
            _watches[(uint)watch.Token] = null;
            if (!_disposed)
            {
                _epoll.Remove(watch.Descriptor);
            }
        }
    }

    internal void Remove(LoopTask task)
    {
        lock (_gate)
        {
            _tasks = [.. _tasks.Where(other => other != task)];
        }
    }

    // The caller has marked its task with a full barrier before; the loop clears "awake" with one before it looks at the marks a last time.
    // So either this sees that the loop sleeps, or the loop sees the mark.
    internal void WakeIfAsleep()
    {
        if (Volatile.Read(ref _awake) == 0)
        {
            lock (_gate)
            {
                if (!_disposed)
                {
                    _wake.Signal();
                }
            }
        }
    }

    private void Run()
    {
        EpollEntry[] ready = new EpollEntry[16];
        while (!_stopping)
        {
            bool ran = RunTasks();
            if (!ran)
            {
                Interlocked.Exchange(ref _awake, 0);
                ran = RunTasks();
            }

            int count = _epoll.Wait(ready, ran ? LingerMilliseconds : Timeout.Infinite);
            Volatile.Write(ref _awake, 1);
            for (int i = 0; i < count; i++)
            {
                Dispatch(ready[i]);
            }
        }

        RunTasks();
    }

    private bool RunTasks()
    {
        bool ran = false;
        foreach (LoopTask task in Volatile.Read(ref _tasks))
        {
            try
            {
                ran |= task.RunIfScheduled();
            }
            catch (Exception e)
            {
                _onError(e);
            }
        }

        return ran;
    }

    private void Dispatch(EpollEntry entry)
    {
        if (entry.Token == WakeToken)
        {
            _wake.TryConsume();
            return;
        }

        EventWatch? watch;
        lock (_gate)
        {
            watch = _watches[(uint)entry.Token];
        }

        if (watch?.Token != entry.Token)
        {
            return;
        }

        try
        {
            watch.Handler(entry.Events);
        }
        catch (Exception e)
        {
            // A handler whose descriptor was closed under it by the one who ended the watch has nothing to complain of.
            if (!watch.Disposed)
            {
                watch.Dispose();
                _onError(e);
            }
        }
    }
}
