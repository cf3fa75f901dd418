namespace Vmm.Machine;

/// <summary>A kernel at its place in guest memory.</summary>
/// <param name="Address">The address of its first byte.</param>
/// <param name="MemorySize">Bytes it occupies from there, its BSS included.</param>
/// <param name="FileSize">Bytes of it that come from its file.</param>
/// <param name="EntryOffset">Bytes from its first byte to its first instruction.</param>
public readonly record struct PlacedKernel(ulong Address, ulong MemorySize, ulong FileSize, ulong EntryOffset);
