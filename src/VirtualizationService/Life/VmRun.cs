namespace VirtualizationService.Life;

/// <summary>What belongs to one start of a VMM: the numbers of its failure pipe and its control socket.</summary>
/// <param name="Failure">The pipe's end to write.</param>
/// <param name="Control">The listening socket.</param>
public readonly record struct VmRun(int Failure, int Control);
