namespace Bench;

/// <summary>What the whole benchmark is asked for.</summary>
/// <param name="Runs">How often each program runs for each value.</param>
/// <param name="Json">Whether the report is for programs.</param>
/// <param name="Only">The one part to measure; null: all.</param>
internal sealed record BenchOptions(int Runs, bool Json, string? Only)
{
    /// <returns>Null where an option is unknown or has no sensible value.</returns>
    internal static BenchOptions? TryParse(ReadOnlySpan<string> words)
    {
        var options = new BenchOptions(5, false, null);
        while (!words.IsEmpty)
        {
            switch (words)
            {
                case ["--json", ..]:
                    options = options with { Json = true };
                    words = words[1..];
                    break;
                case ["--runs", var count, ..] when int.TryParse(count, out int runs) && runs > 0:
                    options = options with { Runs = runs };
                    words = words[2..];
                    break;
                case ["--only", var part, ..] when Benchmarks.Parts.Contains(part):
                    options = options with { Only = part };
                    words = words[2..];
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
