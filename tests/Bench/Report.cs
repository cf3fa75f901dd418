namespace Bench;

/// <summary>Everything that was measured.</summary>
/// <param name="Host">The host's kernel and processors.</param>
/// <param name="Runs">How often each program ran for each value.</param>
/// <param name="Measures">The lines.</param>
internal sealed record Report(string Host, int Runs, IReadOnlyList<Measure> Measures);
