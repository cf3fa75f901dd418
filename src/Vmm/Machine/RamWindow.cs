namespace Vmm.Machine;

/// <summary>The host's view of guest RAM from an address to the end of RAM, or as much of it as a span can hold (2 GiB).</summary>
internal delegate Span<byte> RamWindow(ulong address);
