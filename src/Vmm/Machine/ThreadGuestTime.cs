using Kvm.Interop.Files;

namespace Vmm.Machine;

/// <summary>How long a vCPU thread has run guest code, from its stat file (proc_pid_stat(5), guest_time). Allocates nothing once open.</summary>
internal sealed class ThreadGuestTime : IDisposable
{
    private readonly PosixFile _stat;

    private ThreadGuestTime(PosixFile stat) => _stat = stat;

    /// <summary>Opens the calling thread's file.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">There is no /proc.</exception>
    public static ThreadGuestTime OfCallingThread() => new(PosixFile.Open("/proc/thread-self/stat", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC));

    /// <summary>Reads it; null once the thread has ended.</summary>
    public TimeSpan? Read()
    {
        Span<byte> text = stackalloc byte[1024];
        try
        {
            return ProcStat.Jiffies(text[.._stat.ReadAt(text, 0)], ProcStat.GuestTime);
        }
        catch (Exception e) when (e is Kvm.Interop.LinuxException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stat.Dispose();
}
