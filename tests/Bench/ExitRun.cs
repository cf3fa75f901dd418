namespace Bench;

/// <summary>One run of vmm's exit path.</summary>
/// <param name="Ticks">The samples, sorted.</param>
/// <param name="Frequency">Ticks in a second.</param>
/// <param name="AllocatedBytes">Allocated by the vCPU thread while the samples were taken.</param>
/// <param name="Collections">Garbage collections meanwhile.</param>
internal sealed record ExitRun(uint[] Ticks, long Frequency, long AllocatedBytes, long Collections);
