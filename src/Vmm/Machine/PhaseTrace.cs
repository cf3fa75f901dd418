using System.Diagnostics;

namespace Vmm.Machine;

/// <summary>What <c>--trace</c> prints: each phase of a start with the time since the process was started.</summary>
public sealed class PhaseTrace
{
    private readonly Action<string> _print;
    private readonly long _start;
    private readonly Lock _lock = new();
    private long _last;

    /// <summary>Starts the clock.</summary>
    /// <param name="print">Takes a line.</param>
    /// <param name="age">How long the process had been running by then.</param>
    public PhaseTrace(Action<string> print, TimeSpan age)
    {
        _print = print;
        _start = Stopwatch.GetTimestamp() - (long)(age.TotalSeconds * Stopwatch.Frequency);
        _last = _start;
    }

    /// <summary>A phase ended.</summary>
    public void Done(string phase)
    {
        lock (_lock)
        {
            long now = Stopwatch.GetTimestamp();
            string total = Milliseconds(now - _start);
            string own = Milliseconds(now - _last);
            _last = now;
            _print(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"trace: {total,9} ms  (+{own,8})  {phase}"));
        }
    }

    private static string Milliseconds(long ticks) =>
        (ticks * 1000.0 / Stopwatch.Frequency).ToString("f1", System.Globalization.CultureInfo.InvariantCulture);
}
