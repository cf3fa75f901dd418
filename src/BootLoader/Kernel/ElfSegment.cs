namespace BootLoader.Kernel;

/// <summary>One PT_LOAD program header.</summary>
/// <param name="FileOffset">Where its bytes are in the file.</param>
/// <param name="FileSize">How many there are.</param>
/// <param name="VirtualAddress">Where it is linked to run.</param>
/// <param name="PhysicalAddress">Where it is to be loaded.</param>
/// <param name="MemorySize">Bytes of memory, at least <paramref name="FileSize"/>; the rest is zero.</param>
internal readonly record struct ElfSegment(ulong FileOffset, ulong FileSize, ulong VirtualAddress, ulong PhysicalAddress, ulong MemorySize);
