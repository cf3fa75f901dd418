namespace Bench;

/// <summary>A line of a process's output.</summary>
/// <param name="Time">When it came, in seconds of CLOCK_MONOTONIC.</param>
/// <param name="Text">The line.</param>
internal readonly record struct TimedLine(double Time, string Text);
