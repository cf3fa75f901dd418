using System.Diagnostics;

namespace Bench;

/// <summary>Seconds from the execution of a VMM to its first KVM_RUN and to the guest's userspace, and what the VMM's memory is then.</summary>
internal static class StartBenchmark
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    // Long enough for both VMMs to have nothing left to do.
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(2);

    /// <summary>Seconds from exec to the first entry into the guest.</summary>
    internal static double ToFirstRun(Contender contender)
    {
        using var trace = new KernelTrace(TraceEnd.FirstEntry);
        using Process process = contender.Start();
        try
        {
            long start = Stopwatch.GetTimestamp();
            while (!KernelTrace.HasEnded)
            {
                Require(!process.HasExited && Stopwatch.GetElapsedTime(start) < s_patience, contender, "enter its guest");
                Thread.Sleep(20);
            }

            return KernelTrace.EntryTime() - KernelTrace.ExecTime(process.Id);
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Seconds from exec to the first line of the guest's init; and, where asked for, memory while the guest idles.</summary>
    internal static (double Seconds, MemoryUse? Memory) ToUserspace(Contender contender, bool measureMemory)
    {
        using var trace = new KernelTrace(TraceEnd.Disposal);
        using Process process = contender.Start();
        try
        {
            // A VMM that hangs is ended, and reading ends with it.
            using var watchdog = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
            string? line;
            do
            {
                line = process.StandardOutput.ReadLine();
                Require(line != null, contender, "boot its guest");
            }
            while (!line!.Contains(Contender.UserspaceLine, StringComparison.Ordinal));

            double seconds = KernelTrace.Now - KernelTrace.ExecTime(process.Id);
            if (!measureMemory)
            {
                return (seconds, null);
            }

            Thread.Sleep(s_idleTime);
            return (seconds, MemoryUse.Of(process.Id, Contender.MemoryBytes));
        }
        finally
        {
            End(process);
        }
    }

    private static void Require(bool condition, Contender contender, string what)
    {
        if (!condition)
        {
            throw new InvalidDataException($"{contender.Name} did not {what}: {contender.Program} {string.Join(' ', contender.Arguments)}");
        }
    }

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}
