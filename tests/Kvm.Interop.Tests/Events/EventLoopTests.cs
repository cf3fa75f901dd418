using Kvm.Interop.Events;

namespace Kvm.Interop.Tests.Events;

public sealed class EventLoopTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly List<Exception> _errors = [];
    private readonly EventLoop _loop;

    public EventLoopTests() => _loop = new EventLoop("test loop", _errors.Add);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void A_ready_descriptor_calls_its_handler_on_the_loops_thread()
    {
        using EventFd fd = new();
        using BlockingQueue<int> seen = new();
        using EventWatch watch = _loop.Watch(fd, EpollEvents.EPOLLIN, _ =>
        {
            fd.TryConsume();
            seen.Add(Environment.CurrentManagedThreadId);
        });
        _loop.Start();
        fd.Signal();
        int first = seen.Take(s_patience);
        fd.Signal();
        Assert.Equal(first, seen.Take(s_patience));
        Assert.NotEqual(Environment.CurrentManagedThreadId, first);
        _loop.Stop();
    }

    [Fact]
    public void Scheduled_work_runs_however_the_loop_sleeps_or_lingers()
    {
        int ran = 0;
        using ManualResetEventSlim done = new();
        LoopTask task = _loop.CreateTask(() =>
        {
            Interlocked.Increment(ref ran);
            done.Set();
        });
        _loop.Start();
        Random random = new(1);
        for (int i = 0; i < 300; i++)
        {
            done.Reset();
            int before = Volatile.Read(ref ran);
            task.Schedule();
            Assert.True(done.Wait(s_patience), $"round {i}");
            Assert.True(Volatile.Read(ref ran) > before);
            if (random.Next(4) == 0)
            {
                Thread.Sleep(random.Next(5)); // sometimes long enough for the loop to fall asleep
            }
        }
    }

    [Fact]
    public void Work_scheduled_before_the_stop_has_run_after_it()
    {
        int ran = 0;
        LoopTask task = _loop.CreateTask(() => ran++);
        _loop.Start();
        Thread.Sleep(10);
        task.Schedule();
        _loop.Stop();
        Assert.Equal(1, ran);
    }

    [Fact]
    public void Scheduling_from_many_threads_loses_nothing_and_allocates_nothing()
    {
        int wanted = 0;
        int seen = 0;
        using ManualResetEventSlim all = new();
        LoopTask task = _loop.CreateTask(() =>
        {
            seen = Volatile.Read(ref wanted);
            if (seen == 4 * 20_000)
            {
                all.Set();
            }
        });
        _loop.Start();
        long allocated = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            task.Schedule();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 20_000; i++)
            {
                Interlocked.Increment(ref wanted);
                task.Schedule();
            }

            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(all.Wait(s_patience));
        Assert.True(allocated < 4096, $"{allocated} bytes"); // a lock's first contention makes its wait handle, once
    }

    [Fact]
    public void Timers_expire_once_on_the_loops_thread_and_can_be_stopped()
    {
        using BlockingQueue<string> seen = new();
        using ITimer first = _loop.Time.CreateTimer(_ => seen.Add("first"), null, TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
        using ITimer stopped = _loop.Time.CreateTimer(_ => seen.Add("stopped"), null, TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
        using ITimer last = _loop.Time.CreateTimer(_ => seen.Add("last"), null, TimeSpan.FromMilliseconds(40), Timeout.InfiniteTimeSpan);
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop.Start();
        Assert.Equal("first", seen.Take(s_patience));
        Assert.Equal("last", seen.Take(s_patience));
        first.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Equal("first", seen.Take(s_patience));
        _loop.Stop();
    }

    [Fact]
    public void A_handler_that_throws_loses_its_watch_and_harms_no_other()
    {
        using EventFd bad = new();
        using EventFd good = new();
        using BlockingQueue<string> seen = new();
        _loop.Watch(bad, EpollEvents.EPOLLIN, _ => throw new InvalidOperationException("broken"));
        using EventWatch watch = _loop.Watch(good, EpollEvents.EPOLLIN, _ =>
        {
            good.TryConsume();
            seen.Add("good");
        });
        _loop.Start();
        bad.Signal();
        good.Signal();
        Assert.Equal("good", seen.Take(s_patience));
        good.Signal();
        Assert.Equal("good", seen.Take(s_patience));
        _loop.Stop();
        Assert.Equal("broken", Assert.Single(_errors).Message);
    }

    [Fact]
    public void A_loop_that_was_never_started_stops_and_stops_again()
    {
        _loop.Stop();
        _loop.Stop();
        _loop.Dispose();
        _loop.Dispose();
    }
}
