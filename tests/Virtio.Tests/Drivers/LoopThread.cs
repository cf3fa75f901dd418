using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Kvm.Interop.Events;

namespace Virtio.Tests.Drivers;

/// <summary>Lets a test act on the thread of an event loop.</summary>
internal static class LoopThread
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Runs something on the loop's thread and waits for it.</summary>
    internal static T On<T>(this EventLoop loop, Func<T> work)
    {
        using var done = new ManualResetEventSlim();
        T result = default!;
        Exception? failure = null;
        using LoopTask task = loop.CreateTask(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = e;
            }

            done.Set();
        });
        task.Schedule();
        Assert.True(done.Wait(s_patience), "the loop's thread does not run");
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return result;
    }

    /// <summary>Waits until something holds, asked on the loop's thread.</summary>
    internal static void Until(this EventLoop loop, Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!loop.On(condition))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_patience, $"it did not become so within {s_patience}");
            Thread.Sleep(1);
        }
    }

    /// <summary>Bytes that the loop's thread allocates while the test does something.</summary>
    internal static long AllocatedBy(this EventLoop loop, Action work)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            int collections = GC.CollectionCount(0);
            long before = loop.On(GC.GetAllocatedBytesForCurrentThread);
            work();
            long after = loop.On(GC.GetAllocatedBytesForCurrentThread);
            if (GC.CollectionCount(0) == collections)
            {
                return after - before;
            }
        }

        throw new InvalidOperationException("a collection fell into each run");
    }
}
