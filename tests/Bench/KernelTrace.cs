using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>The kernel's own account of when a program was executed and when its vCPU first entered the guest (tracefs).</summary>
/// <remarks>Times are seconds of CLOCK_MONOTONIC, the clock of <see cref="Stopwatch"/>.</remarks>
internal sealed class KernelTrace : IDisposable
{
    private const string Root = "/sys/kernel/tracing";
    private const string Exec = "sched/sched_process_exec";
    private const string Entry = "kvm/kvm_entry";
    private const string Mmio = "kvm/kvm_mmio";

    private (string Event, string Text)? _trigger;

    /// <summary>Starts recording into an empty buffer.</summary>
    /// <param name="end">What ends it.</param>
    internal KernelTrace(TraceEnd end)
    {
        Write("tracing_on", "0");
        Write("trace", "");
        Write("trace_clock", "mono");
        Write($"events/{Exec}/enable", "1");
        if (end != TraceEnd.Disposal)
        {
            Write($"events/{Entry}/enable", "1");
            Trigger(end == TraceEnd.FirstEntry ? Entry : Mmio, end == TraceEnd.FirstEntry ? "traceoff" : "traceoff if gpa == 0x3f8");
        }

        Write("tracing_on", "1");
    }

    /// <summary>The present moment.</summary>
    internal static double Now => (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;

    /// <summary>Whether what ends the recording has come.</summary>
    internal static bool HasEnded => File.ReadAllText($"{Root}/tracing_on").Trim() == "0";

    /// <summary>When this process executed its program.</summary>
    internal static double ExecTime(int pid) => TimeOf(line => line.Contains("sched_process_exec:", StringComparison.Ordinal)
        && line.Contains($" pid={pid} ", StringComparison.Ordinal));

    /// <summary>When a guest was entered first.</summary>
    internal static double EntryTime() => TimeOf(line => line.Contains("kvm_entry:", StringComparison.Ordinal));

    /// <summary>When a guest first wrote to its console, the 16550 at 0x3f8.</summary>
    internal static double FirstCharacterTime() => TimeOf(line => line.Contains("kvm_mmio:", StringComparison.Ordinal) && line.Contains("gpa 0x3f8 ", StringComparison.Ordinal));

    /// <summary>Ends recording.</summary>
    public void Dispose()
    {
        Write("tracing_on", "0");
        Write($"events/{Entry}/enable", "0");
        Write($"events/{Mmio}/enable", "0");
        if (_trigger is { } trigger)
        {
            Write($"events/{trigger.Event}/trigger", $"!{trigger.Text}");
        }

        Write($"events/{Exec}/enable", "0");
    }

    private void Trigger(string traced, string text)
    {
        Write($"events/{traced}/trigger", text);
        Write($"events/{traced}/enable", "1");
        _trigger = (traced, text);
    }

    // "   vmm-1234    [001] .....   100.123456: sched_process_exec: filename=…"
    private static double TimeOf(Func<string, bool> isIt)
    {
        string line = File.ReadLines($"{Root}/trace").FirstOrDefault(isIt)
            ?? throw new InvalidDataException($"{Root}/trace does not have the event that was waited for");
        string time = line[..line.IndexOf(": ", StringComparison.Ordinal)];
        return double.Parse(time[(time.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static void Write(string file, string value) => File.WriteAllText(Path.Combine(Root, file), value);
}
