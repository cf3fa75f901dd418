using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Vmm.Devices;

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

    private readonly Lock gate = new();
    private readonly Epoll epoll = new();
    private readonly EventFd wake = new("event loop");
    private readonly Thread thread;
    private readonly Action<Exception> onError;
    private EventWatch?[] watches = new EventWatch?[16];
    private LoopTask[] tasks = [];
    private uint generation;
    private int awake;
    private volatile bool stopping;
    private volatile bool started;
    private bool disposed;

    /// <param name="name">The thread's name, at most 15 bytes to be seen whole by ps.</param>
    /// <param name="onError">Told, on the loop's thread, what a handler threw.</param>
    public EventLoop(string name, Action<Exception> onError)
    {
        this.onError = onError;
        Time = new EventLoopTime(this);
        thread = new Thread(Run) { Name = name, IsBackground = true };
        epoll.Add(wake, EpollEvents.EPOLLIN, WakeToken);
    }

    /// <summary>The system's clock with timers that expire on the loop's thread (one timerfd each, one-shot only).</summary>
    public TimeProvider Time { get; }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        thread.Start();
        started = true;
    }

    /// <summary>Ends the thread and waits for it; what is scheduled by then has run. Further calls do nothing. Not for use on the thread itself.</summary>
    public void Stop()
    {
        stopping = true;
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            wake.Signal();
        }

        if (started)
        {
            thread.Join();
        }
    }

    /// <summary>Stops the loop and closes its descriptors; the watched ones stay open.</summary>
    public void Dispose()
    {
        Stop();
        lock (gate)
        {
            disposed = true;
            epoll.Dispose();
            wake.Dispose();
        }
    }

    /// <summary>Calls a handler on the loop's thread whenever a descriptor is ready.</summary>
    /// <param name="descriptor">Stays the caller's; it must stay open until the watch is disposed.</param>
    /// <param name="events">What to wait for; errors and hang-ups always count.</param>
    /// <param name="handler">Gets what the descriptor is ready for.</param>
    /// <exception cref="LinuxException">EPERM for a file that is always ready, such as a regular one.</exception>
    public EventWatch Watch(FileDescriptor descriptor, EpollEvents events, Action<EpollEvents> handler)
    {
        lock (gate)
        {
            int slot = Array.IndexOf(watches, null);
            if (slot < 0)
            {
                slot = watches.Length;
                Array.Resize(ref watches, slot * 2);
            }

            // The generation keeps an event that was already on its way from reaching a later watch in the same place.
            EventWatch watch = new(this, descriptor, events, handler, ((ulong)(generation++ & int.MaxValue) << 32) | (uint)slot);
            epoll.Add(descriptor, events, watch.Token);
            watches[slot] = watch;
            return watch;
        }
    }

    /// <summary>Makes a task that other threads can schedule.</summary>
    public LoopTask CreateTask(Action action)
    {
        LoopTask task = new(this, action);
        lock (gate)
        {
            tasks = [.. tasks, task];
        }

        return task;
    }

    internal void Change(EventWatch watch, EpollEvents events)
    {
        lock (gate)
        {
            if (!disposed)
            {
                epoll.Modify(watch.Descriptor, events, watch.Token);
            }
        }
    }

    internal void Remove(EventWatch watch)
    {
        lock (gate)
        {
            watches[(uint)watch.Token] = null;
            if (!disposed)
            {
                epoll.Remove(watch.Descriptor);
            }
        }
    }

    internal void Remove(LoopTask task)
    {
        lock (gate)
        {
            tasks = [.. tasks.Where(other => other != task)];
        }
    }

    // The caller has marked its task with a full barrier before; the loop clears "awake" with one before it looks at the marks a last time.
    // So either this sees that the loop sleeps, or the loop sees the mark.
    internal void WakeIfAsleep()
    {
        if (Volatile.Read(ref awake) == 0)
        {
            lock (gate)
            {
                if (!disposed)
                {
                    wake.Signal();
                }
            }
        }
    }

    private void Run()
    {
        EpollEntry[] ready = new EpollEntry[16];
        while (!stopping)
        {
            bool ran = RunTasks();
            if (!ran)
            {
                Interlocked.Exchange(ref awake, 0);
                ran = RunTasks();
            }

            int count = epoll.Wait(ready, ran ? LingerMilliseconds : Timeout.Infinite);
            Volatile.Write(ref awake, 1);
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
        foreach (LoopTask task in Volatile.Read(ref tasks))
        {
            try
            {
                ran |= task.RunIfScheduled();
            }
            catch (Exception e)
            {
                onError(e);
            }
        }

        return ran;
    }

    private void Dispatch(EpollEntry entry)
    {
        if (entry.Token == WakeToken)
        {
            wake.TryConsume();
            return;
        }

        EventWatch? watch;
        lock (gate)
        {
            watch = watches[(uint)entry.Token];
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
                onError(e);
            }
        }
    }
}
