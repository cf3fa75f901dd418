using System.Buffers.Text;

namespace Vmm.Machine;

/// <summary>The numbers of a stat file in /proc (proc_pid_stat(5)).</summary>
internal static class ProcStat
{
    /// <summary>Field of the process's start, in jiffies since the machine's.</summary>
    public const int StartTime = 22;

    /// <summary>Field of the time spent in guest code, in jiffies.</summary>
    public const int GuestTime = 43;

    // The fields up to the command, which stands in parentheses and may hold anything, spaces and parentheses included.
    private const int FirstAfterCommand = 3;

    // USER_HZ is 100 on every architecture that has KVM for ARM64.
    private const long TicksPerJiffy = TimeSpan.TicksPerSecond / 100;

    /// <summary>Reads a field that counts jiffies.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="field">The field's number, from 1 as in the manual page, after the command.</param>
    /// <returns>Null where the text has no such number.</returns>
    public static TimeSpan? Jiffies(ReadOnlySpan<byte> text, int field)
    {
        int command = text.LastIndexOf(") "u8);
        if (command < 0)
        {
            return null;
        }

        text = text[(command + 2)..];
        for (int i = FirstAfterCommand; i < field; i++)
        {
            int space = text.IndexOf((byte)' ');
            if (space < 0)
            {
                return null;
            }

            text = text[(space + 1)..];
        }

        return Utf8Parser.TryParse(text, out long jiffies, out _) ? TimeSpan.FromTicks(jiffies * TicksPerJiffy) : null;
    }
}
