using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Vmm.Devices;

/// <summary>How long a thread has run a guest, from <c>/proc/self/task/TID/stat</c> (proc_pid_stat(5), field 43).</summary>
public sealed class ThreadGuestTime : IDisposable
{
    private const int GuestTimeField = 43;

    // USER_HZ, the unit of the file's times; 100 on every architecture that .NET runs on.
    private const long TicksPerUnit = TimeSpan.TicksPerSecond / 100;

    private readonly SafeFileHandle? stat;

    /// <param name="threadId">The kernel's number of a thread of this process.</param>
    public ThreadGuestTime(int threadId)
    {
        try
        {
            stat = File.OpenHandle($"/proc/self/task/{threadId}/stat");
        }
        catch (IOException)
        {
            // the thread has ended; its guest time is unknown
        }
    }

    /// <summary>The time so far; null when the host cannot tell. Allocates nothing.</summary>
    public TimeSpan? Read()
    {
        if (stat is null)
        {
            return null;
        }

        try
        {
            Span<byte> text = stackalloc byte[1024];
            return Parse(text[..RandomAccess.Read(stat, text, 0)]);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null; // ESRCH: the thread has ended
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stat?.Dispose();

    internal static TimeSpan? Parse(ReadOnlySpan<byte> text)
    {
        // The second field is the thread's name in parentheses and may hold spaces; the third follows the last parenthesis.
        int name = text.LastIndexOf((byte)')');
        if (name < 0)
        {
            return null;
        }

        text = text[(name + 1)..];
        for (int field = 3; field <= GuestTimeField; field++)
        {
            int space = text.IndexOf((byte)' ');
            if (space < 0)
            {
                return null;
            }

            text = text[(space + 1)..];
        }

        return Utf8Parser.TryParse(text, out long units, out _) ? new TimeSpan(units * TicksPerUnit) : null;
    }
}
