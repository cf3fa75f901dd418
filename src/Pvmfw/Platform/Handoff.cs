using System.Diagnostics.CodeAnalysis;

namespace Pvmfw.Platform;

/// <summary>The way into the kernel (Linux, Documentation/arch/arm64/booting.rst).</summary>
public static class Handoff
{
    /// <summary>
    /// Writes back what was written, wipes all of the firmware's memory but the hand-over page, turns MMU and caches off, clears the registers
    /// and jumps.
    /// </summary>
    /// <param name="fdt">Where the device tree lies that the kernel gets.</param>
    /// <param name="fdtSize">Bytes of it.</param>
    /// <param name="entry">The kernel's first instruction.</param>
    [DoesNotReturn]
    public static void Run(ulong fdt, ulong fdtSize, ulong entry)
    {
        Processor.CleanDataCache(fdt, fdtSize);
        while (true)
        {
            Processor.HandOver(fdt, entry);
        }
    }

    /// <summary>Writes back other memory that the firmware wrote and the kernel or a device reads past the caches.</summary>
    public static void Clean(ulong address, ulong size) => Processor.CleanDataCache(address, size);
}
