namespace Vmm.Configuration;

/// <summary>
/// How the machine differs from crosvm's newest one, because a guest or its firmware was made for an older. One property a difference; each
/// says on which day crosvm changed. Source: crosvm's history of aarch64/src/{lib,fdt}.rs, arch/src/fdt.rs.
/// </summary>
public sealed record CrosvmCompat
{
    /// <summary>The machine of crosvm's newest known version.</summary>
    public static CrosvmCompat Newest { get; } = On(DateOnly.MaxValue);

    /// <summary>
    /// The newest machine, as far as every known version of Android's pvmfw takes it: it wants /memory to start at RAM, both PCI ranges in 64-bit
    /// space and, in older versions, not prefetchable. It reads the initrd's addresses in either width and gets the older one.
    /// Source: AVF, guest/pvmfw/src/fdt.rs.
    /// </summary>
    public static CrosvmCompat ForFirmware { get; } = Newest with
    {
        MemoryNodeCoversFirmware = false,
        LowPciRangeIs32Bit = false,
        HighPciRangeIsPrefetchable = false,
        InitrdAddressesAre64Bit = false,
    };

    /// <summary>The earliest date whose machine is described here: the day the stall detector got its interrupt.</summary>
    public static DateOnly Earliest { get; } = new(2023, 11, 22);

    /// <summary>A cpu node's reg (and unit address) is the vCPU's MPIDR; before 2024-03-21 its index.</summary>
    public required bool CpuRegIsMpidr { get; init; }

    /// <summary>A cpu node is compatible with <c>arm,armv8</c>; before 2024-04-17 with <c>arm,arm-v8</c>.</summary>
    public required bool CpuCompatibleIsArmv8 { get; init; }

    /// <summary>The high PCI range is marked prefetchable (0x43000000); before 2024-05-06 it was not (0x03000000).</summary>
    public required bool HighPciRangeIsPrefetchable { get; init; }

    /// <summary>/config kernel-size is the size of the kernel's file; before 2025-01-22 it counted the BSS as well.</summary>
    public required bool KernelSizeIsFileSize { get; init; }

    /// <summary>/chosen linux,initrd-start and -end are 64 bits wide; before 2025-02-06 32.</summary>
    public required bool InitrdAddressesAre64Bit { get; init; }

    /// <summary>The low PCI range is of 32-bit memory space (0x02000000); before 2025-02-27 of 64-bit space (0x03000000).</summary>
    public required bool LowPciRangeIs32Bit { get; init; }

    /// <summary>interrupt-map-mask has one group of four cells; before 2025-04-15 one group for each interrupt-map entry.</summary>
    public required bool InterruptMapMaskIsSingle { get; init; }

    /// <summary>/reserved-memory is left out when it would be empty (2025-04-28).</summary>
    public required bool EmptyReservedMemoryIsOmitted { get; init; }

    /// <summary>/memory covers the firmware's 4 MiB below RAM when a firmware runs (2025-07-14); before it started at RAM.</summary>
    public required bool MemoryNodeCoversFirmware { get; init; }

    /// <summary>SVE is given to the guest when the host has it and nothing else is asked for (2025-10-28).</summary>
    public required bool SveIsAutomatic { get; init; }

    /// <summary>The size in bytes of the platform MMIO window after RAM, and so where the high PCI window starts: 1 GiB; 8 MiB before 2026-02-11.</summary>
    public required ulong PlatformMmioSize { get; init; }

    /// <summary>The alignment in bytes of the restricted DMA pool: 64 KiB; 4 KiB before 2026-05-14.</summary>
    public required ulong RestrictedDmaAlignment { get; init; }

    /// <summary>The machine that crosvm made on <paramref name="date"/>, changes of that day included.</summary>
    public static CrosvmCompat On(DateOnly date) => new()
    {
        CpuRegIsMpidr = date >= new DateOnly(2024, 3, 21),
        CpuCompatibleIsArmv8 = date >= new DateOnly(2024, 4, 17),
        HighPciRangeIsPrefetchable = date >= new DateOnly(2024, 5, 6),
        KernelSizeIsFileSize = date >= new DateOnly(2025, 1, 22),
        InitrdAddressesAre64Bit = date >= new DateOnly(2025, 2, 6),
        LowPciRangeIs32Bit = date >= new DateOnly(2025, 2, 27),
        InterruptMapMaskIsSingle = date >= new DateOnly(2025, 4, 15),
        EmptyReservedMemoryIsOmitted = date >= new DateOnly(2025, 4, 28),
        MemoryNodeCoversFirmware = date >= new DateOnly(2025, 7, 14),
        SveIsAutomatic = date >= new DateOnly(2025, 10, 28),
        PlatformMmioSize = date >= new DateOnly(2026, 2, 11) ? 0x4000_0000UL : 0x80_0000UL,
        RestrictedDmaAlignment = date >= new DateOnly(2026, 5, 14) ? 0x1_0000UL : 0x1000UL,
    };
}
