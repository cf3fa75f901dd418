namespace Bench;

/// <summary>When each phase of a start ended; phases that were not seen are left out.</summary>
internal sealed class GuestTimes
{
    private static readonly (GuestPhase Phase, Predicate<string> Ends)[] s_lines =
    [
        (GuestPhase.Drivers, static line => line.Contains("device-mapper: ioctl: ", StringComparison.Ordinal)),
        (GuestPhase.Init, static line => line.Contains("Run /init as init process", StringComparison.Ordinal)),
        (GuestPhase.System, static line => line.Contains("erofs (device dm-", StringComparison.Ordinal)),
        (GuestPhase.Manager, IsManager),
        // The words of vm itself, which are whole lines.
        (GuestPhase.Payload, static line => line == "payload started"),
        (GuestPhase.Ready, IsReady),
    ];

    private readonly Dictionary<GuestPhase, double> _ends = [];
    private readonly double _start;

    /// <param name="start">The execution of the first program, in seconds.</param>
    internal GuestTimes(double start) => _start = start;

    /// <summary>The manager's first line in the guest's log.</summary>
    internal static bool IsManager(string line) => line.Contains("microdroid_manager: started.", StringComparison.Ordinal);

    /// <summary>What <c>vm</c> says of a payload that can serve.</summary>
    internal static bool IsReady(string line) => line == "payload is ready";

    /// <summary>Takes a moment that is known otherwise.</summary>
    internal void Add(GuestPhase phase, double time) => _ends[phase] = time;

    /// <summary>Takes the first line of each phase.</summary>
    internal void Add(IEnumerable<TimedLine> lines)
    {
        foreach (TimedLine line in lines.OrderBy(static line => line.Time))
        {
            foreach ((GuestPhase phase, Predicate<string> ends) in s_lines)
            {
                if (ends(line.Text))
                {
                    _ends.TryAdd(phase, line.Time);
                }
            }
        }
    }

    /// <summary>Whether the end of a phase was seen.</summary>
    internal bool Has(GuestPhase phase) => _ends.ContainsKey(phase);

    /// <summary>Milliseconds from the start to the end of a phase.</summary>
    /// <exception cref="InvalidDataException">It was not seen.</exception>
    internal double Until(GuestPhase phase) => _ends.TryGetValue(phase, out double end)
        ? (end - _start) * 1000
        : throw new InvalidDataException($"the end of the phase {phase} was not seen in what the guest said");

    /// <summary>Milliseconds of a phase, from the end of the one before it that was seen.</summary>
    /// <exception cref="InvalidDataException">It was not seen.</exception>
    internal double Of(GuestPhase phase)
    {
        double end = Until(phase);
        GuestPhase[] before = [.. _ends.Keys.Where(other => other < phase)];
        return before.Length == 0 ? end : end - Until(before.Max());
    }
}
