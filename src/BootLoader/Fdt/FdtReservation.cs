namespace BootLoader.Fdt;

/// <summary>One entry of the memory reservation block: guest physical memory that the kernel must leave alone.</summary>
/// <param name="Address">Guest physical address.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct FdtReservation(ulong Address, ulong Size);
