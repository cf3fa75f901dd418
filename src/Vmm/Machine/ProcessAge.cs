using Kvm.Interop;
using Kvm.Interop.Files;

namespace Vmm.Machine;

/// <summary>How long ago this process was started, to the kernel's 10 ms.</summary>
internal static class ProcessAge
{
    /// <summary>Asks the kernel; zero where it does not tell.</summary>
    public static TimeSpan Now()
    {
        Span<byte> text = stackalloc byte[1024];
        using var stat = PosixFile.Open("/proc/self/stat", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        TimeSpan? start = ProcStat.Jiffies(text[..stat.ReadAt(text, 0)], ProcStat.StartTime);
        using var uptime = PosixFile.Open("/proc/uptime", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        return System.Buffers.Text.Utf8Parser.TryParse(text[..uptime.ReadAt(text, 0)], out double seconds, out _) && start is { } began
            ? TimeSpan.FromSeconds(seconds) - began
            : TimeSpan.Zero;
    }

    /// <summary>When a process was started, in jiffies since the machine's start, which tells it from a later one with its number.</summary>
    /// <returns>Null where there is no such process.</returns>
    public static long? StartInJiffies(int pid)
    {
        try
        {
            Span<byte> text = stackalloc byte[1024];
            string path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/{pid}/stat");
            using var stat = PosixFile.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
            return ProcStat.Jiffies(text[..stat.ReadAt(text, 0)], ProcStat.StartTime) is { } time ? (long)Math.Round(time.TotalSeconds * 100) : null;
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
