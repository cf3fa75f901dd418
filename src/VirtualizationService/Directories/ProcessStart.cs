using System.Diagnostics;
using System.Globalization;

namespace VirtualizationService.Directories;

/// <summary>When a process began, which with its number names it for good.</summary>
internal static class ProcessStart
{
    /// <summary>Field 22 of <c>/proc/PID/stat</c>, in jiffies since the host's start; null where there is no such process.</summary>
    public static long? Of(int process)
    {
        try
        {
            // The name, field 2, may hold anything but ends with the last parenthesis.
            string stat = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[22 - 3], NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Kills a process unless another one has its number by now.</summary>
    public static void KillIfSame(int process, long start)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            if (Of(process) == start)
            {
                found.Kill();
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It is gone.
        }
    }
}
