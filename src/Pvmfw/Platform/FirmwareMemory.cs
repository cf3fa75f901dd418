namespace Pvmfw.Platform;

/// <summary>The guest's RAM as spans. Only what lies inside it can be had, and it is mapped when first asked for.</summary>
/// <remarks>
/// What is verified is mapped read-only until the hand-over: the firmware itself cannot change a kernel after its digest was computed, whatever
/// else goes wrong in it. (That the host cannot either is the hypervisor's part.)
/// </remarks>
public static unsafe class FirmwareMemory
{
    private static ulong s_ramSize;

    /// <summary>The window that the device tree lies in, writable: 2 MiB from where x0 points, or less at the end of the address space.</summary>
    /// <param name="address">What x0 was at the entry.</param>
    /// <param name="window">The window; empty when the address cannot be that of a device tree.</param>
    public static bool TryMapFdt(ulong address, out Span<byte> window)
    {
        window = default;
        if (address % 8 != 0 || address < FirmwareLayout.RamStart || address > FirmwareLayout.AddressLimit - FirmwareLayout.FdtWindowSize)
        {
            return false;
        }

        PageTable.Map(address, FirmwareLayout.FdtWindowSize, PageAccess.ReadWrite);
        // SAFETY: just mapped; where there is no memory the access ends in a fault, which is told.
        window = new Span<byte>((void*)address, (int)FirmwareLayout.FdtWindowSize);
        return true;
    }

    /// <summary>Says how much RAM there is, from <see cref="FirmwareLayout.RamStart"/> on; before, there is none to be had.</summary>
    /// <param name="size">Bytes, as the checked device tree says.</param>
    /// <returns>False when it ends beyond what can be addressed.</returns>
    public static bool SetRamSize(ulong size)
    {
        if (size > FirmwareLayout.AddressLimit - FirmwareLayout.RamStart)
        {
            return false;
        }

        s_ramSize = size;
        return true;
    }

    /// <summary>Whether an address lies behind the last byte of RAM.</summary>
    public static bool IsBehindRam(ulong address) => address >= FirmwareLayout.RamStart && address - FirmwareLayout.RamStart >= s_ramSize;

    /// <summary>Whether a range lies wholly in RAM.</summary>
    public static bool Contains(ulong address, ulong size) =>
        address >= FirmwareLayout.RamStart && address - FirmwareLayout.RamStart <= s_ramSize && size <= s_ramSize - (address - FirmwareLayout.RamStart);

    /// <summary>Memory to read. Pages that are mapped for writing become read-only.</summary>
    /// <param name="address">Guest physical.</param>
    /// <param name="size">Bytes, 1 to 2 GiB less one.</param>
    /// <param name="memory">The memory, when it lies in RAM.</param>
    public static bool TryGetWindow(ulong address, ulong size, out ReadOnlySpan<byte> memory)
    {
        bool found = TryMap(address, size, PageAccess.Read);
        // SAFETY: mapped, and inside RAM.
        memory = found ? new ReadOnlySpan<byte>((void*)address, (int)size) : default;
        return found;
    }

    /// <summary>Memory to read and write.</summary>
    /// <param name="address">Guest physical.</param>
    /// <param name="size">Bytes, 1 to 2 GiB less one.</param>
    /// <param name="memory">The memory, when it lies in RAM.</param>
    public static bool TryGetWritableWindow(ulong address, ulong size, out Span<byte> memory)
    {
        bool found = TryMap(address, size, PageAccess.ReadWrite);
        // SAFETY: mapped, and inside RAM.
        memory = found ? new Span<byte>((void*)address, (int)size) : default;
        return found;
    }

    /// <summary>The page that the next stage finds its secrets in, of zeros at first.</summary>
    public static Span<byte> HandoverPage => new((void*)FirmwareLayout.HandoverAddress, (int)FirmwareLayout.PageSize);

    private static bool TryMap(ulong address, ulong size, PageAccess access)
    {
        if (size is 0 or > int.MaxValue || !Contains(address, size))
        {
            return false;
        }

        PageTable.Map(address, size, access);
        return true;
    }
}
