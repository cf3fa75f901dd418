namespace BootLoader;

/// <summary>Where the initial RAM disk goes.</summary>
public static class Initrd
{
    /// <summary>Alignment in bytes of its address, as crosvm places it.</summary>
    public const ulong Alignment = 16 << 20;

    /// <summary>The first <see cref="Alignment"/> boundary at or after the kernel, if the initrd fits below the limit.</summary>
    /// <param name="kernelEnd">First guest physical address after the kernel. Here it counts the kernel's BSS, which the kernel clears before it looks at the initrd.</param>
    /// <param name="size">Size in bytes of the initrd.</param>
    /// <param name="limit">First address that the initrd must not reach: the device tree above the payload, or the end of RAM.</param>
    /// <returns>The initrd's address; null when it does not fit.</returns>
    public static ulong? Place(ulong kernelEnd, ulong size, ulong limit)
    {
        if (kernelEnd > ulong.MaxValue - (Alignment - 1))
        {
            return null;
        }

        ulong address = (kernelEnd + Alignment - 1) & ~(Alignment - 1);
        return address <= limit && size <= limit - address ? address : null;
    }
}
