namespace Bench;

/// <summary>One line of the report: vmm's median and that of what it is compared with.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="Vmm">vmm's value.</param>
/// <param name="Other">The other's value; null where there is nothing to compare with.</param>
/// <param name="OtherName">Who that is.</param>
/// <param name="Aim">What is aimed at, in words; null where nothing is.</param>
/// <param name="Met">Whether vmm does it.</param>
/// <param name="VmmRuns">Every run of vmm's, in the unit.</param>
/// <param name="OtherRuns">Every run of the other's.</param>
internal sealed record Measure(
    string Name,
    string Unit,
    double Vmm,
    double? Other,
    string? OtherName,
    string? Aim,
    bool? Met,
    IReadOnlyList<double> VmmRuns,
    IReadOnlyList<double>? OtherRuns)
{
    /// <summary>vmm's value in parts of the other's.</summary>
    public double? Ratio => Vmm / Other;

    /// <summary>Compares with another program; aims at a ratio of at most <paramref name="most"/> where it is given.</summary>
    internal static Measure Against(string otherName, string name, string unit, IReadOnlyList<double> vmm, IReadOnlyList<double> other, double? most = null)
    {
        double ours = Distribution.Median(vmm), theirs = Distribution.Median(other);
        return new Measure(name, unit, ours, theirs, otherName, most is { } limit ? Invariant($"ratio ≤ {limit:0.##}") : null, ours / theirs <= most, vmm, other);
    }

    /// <summary>Compares with another program where more is better; aims at a ratio of at least <paramref name="least"/>.</summary>
    internal static Measure AtLeast(string otherName, string name, string unit, IReadOnlyList<double> vmm, IReadOnlyList<double> other, double least)
    {
        double ours = Distribution.Median(vmm), theirs = Distribution.Median(other);
        return new Measure(name, unit, ours, theirs, otherName, Invariant($"ratio ≥ {least}"), ours / theirs >= least, vmm, other);
    }

    /// <summary>Compares with a limit.</summary>
    internal static Measure Below(double limit, string name, string unit, IReadOnlyList<double> vmm, (string Name, IReadOnlyList<double> Runs)? other = null)
    {
        double ours = Distribution.Median(vmm);
        double? theirs = other is { } given ? Distribution.Median(given.Runs) : null;
        return new Measure(name, unit, ours, theirs, other?.Name, Invariant($"≤ {limit}"), ours <= limit, vmm, other?.Runs);
    }

    /// <summary>A figure with nothing to compare it with.</summary>
    internal static Measure Alone(string name, string unit, IReadOnlyList<double> vmm) =>
        new(name, unit, Distribution.Median(vmm), null, null, null, null, vmm, null);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
