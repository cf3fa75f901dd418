using System.Diagnostics;
using Kvm.Interop.Events;

namespace Kvm.Interop.Tests.Events;

public class TimerFdTests
{
    [Fact]
    public void A_new_timer_stands_still()
    {
        using TimerFd timer = new();

        Assert.False(timer.WaitReadable(20));
        Assert.False(timer.TryConsume(out ulong expirations));
        Assert.Equal(0UL, expirations);
    }

    [Fact]
    public void A_one_shot_timer_expires_once_and_not_early()
    {
        using TimerFd timer = new();
        Stopwatch watch = Stopwatch.StartNew();
        timer.StartOnce(TimeSpan.FromMilliseconds(20));

        Assert.True(timer.WaitReadable(10_000));
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(20));
        Assert.True(timer.TryConsume(out ulong expirations));
        Assert.Equal(1UL, expirations);
        Assert.False(timer.WaitReadable(30));
    }

    [Fact]
    public void A_delay_of_nothing_expires_at_once()
    {
        using TimerFd timer = new();
        timer.StartOnce(TimeSpan.Zero);

        Assert.True(timer.WaitReadable(10_000));
    }

    [Fact]
    public void A_periodic_timer_counts_what_nobody_took()
    {
        using TimerFd timer = new();
        timer.StartPeriodic(TimeSpan.FromMilliseconds(2));
        Thread.Sleep(30);

        Assert.True(timer.TryConsume(out ulong expirations));
        Assert.True(expirations >= 5, $"{expirations} expirations in 30 ms");
        timer.Stop();
        Assert.False(timer.WaitReadable(10));
    }

    [Fact]
    public void A_period_of_nothing_and_a_delay_into_the_past_are_refused()
    {
        using TimerFd timer = new();

        Assert.Throws<ArgumentOutOfRangeException>(() => timer.StartPeriodic(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => timer.StartOnce(TimeSpan.FromTicks(-1)));
    }
}
