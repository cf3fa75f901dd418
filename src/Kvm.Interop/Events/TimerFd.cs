using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Events;

/// <summary>A timer on CLOCK_MONOTONIC that becomes readable when it expires (timerfd_create(2)).</summary>
/// <remarks>Made stopped, non-blocking and closed on exec. The clock stands still while the host is suspended.</remarks>
public sealed class TimerFd : FileDescriptor
{
    private const long NanosecondsPerTick = 1_000_000_000 / TimeSpan.TicksPerSecond;

    /// <summary>Makes a stopped timer.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public TimerFd()
        : base(
            Libc.Check(
                Libc.timerfd_create(EventConstants.CLOCK_MONOTONIC, EventConstants.TFD_CLOEXEC | EventConstants.TFD_NONBLOCK),
                "timerfd_create",
                "CLOCK_MONOTONIC"),
            "timerfd")
    {
    }

    /// <summary>Expires once.</summary>
    /// <param name="delay">Time from now; zero expires at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    public void StartOnce(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        // A first expiry of zero would stop the timer: one nanosecond is the shortest that starts it.
        Set(delay == TimeSpan.Zero ? new timespec { tv_nsec = 1 } : ToTimespec(delay), default);
    }

    /// <summary>Expires again and again, first after one period.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The period is not positive.</exception>
    public void StartPeriodic(TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(period, TimeSpan.Zero);
        Set(ToTimespec(period), ToTimespec(period));
    }

    /// <summary>Stops the timer; expirations that nobody took are lost.</summary>
    public void Stop() => Set(default, default);

    /// <summary>Takes the number of expirations since it was last taken.</summary>
    /// <returns>Whether there was any.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe bool TryConsume(out ulong expirations)
    {
        ulong value = 0;
        if (Libc.Read(this, &value, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
        {
            LinuxException.ThrowLast("read", Name);
        }

        expirations = value;
        return value != 0;
    }

    private static timespec ToTimespec(TimeSpan time)
    {
        (long seconds, long ticks) = Math.DivRem(time.Ticks, TimeSpan.TicksPerSecond);
        return new timespec { tv_sec = seconds, tv_nsec = ticks * NanosecondsPerTick };
    }

    private unsafe void Set(timespec first, timespec interval)
    {
        itimerspec value = new() { it_value = first, it_interval = interval };
        Libc.Check(Libc.timerfd_settime(this, 0, &value, null), "timerfd_settime", this);
    }
}
