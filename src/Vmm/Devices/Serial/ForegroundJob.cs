namespace Vmm.Devices.Serial;

/// <summary>Job control: a background job that reads or sets its terminal is stopped by the kernel.</summary>
internal static class ForegroundJob
{
    /// <summary>Whether this process may use its controlling terminal; true where it has none.</summary>
    internal static bool IsThisProcess() => IsForeground(File.ReadAllText("/proc/self/stat"));

    /// <param name="stat">The content of <c>/proc/PID/stat</c> (proc_pid_stat(5)).</param>
    internal static bool IsForeground(string stat)
    {
        // After the name, which may hold anything, the third field is pgrp and the sixth tpgid.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        string processGroup = fields[2];
        string terminalProcessGroup = fields[5];
        return terminalProcessGroup == "-1" || terminalProcessGroup == processGroup;
    }
}
