namespace BootLoader.Fdt;

/// <summary>One entry of the memory reservation block: guest physical memory that the kernel must leave alone.</summary>
/// <param name="address">Guest physical address.</param>
/// <param name="size">Size in bytes.</param>
public readonly struct FdtReservation(ulong address, ulong size)
{
    /// <summary>Guest physical address.</summary>
    public ulong Address { get; } = address;

    /// <summary>Size in bytes.</summary>
    public ulong Size { get; } = size;
}
