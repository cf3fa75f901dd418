using Vmm.Configuration;

namespace Vmm.Machine;

/// <summary>The guest physical addresses that are fixed on an ARM64 machine of crosvm's kind; the rest follows from them in <see cref="GuestLayout"/>.</summary>
/// <remarks>
/// <code>
///          0x2e8 … 0x3ff   four 16550A UARTs, 8 bytes each
///         0x2000           PL030 real-time clock
///         0x3000           vCPU stall detector
///        0x10000           PCI configuration space (CAM), 16 MiB        --pci cam=
///      0x1ff0000           stolen-time records, 64 bytes a vCPU
///      0x2000000           PCI memory, 32-bit window, 32 MiB            --pci mem=
///     0x3ffd0000           GICv2 CPU interface            (GICv2 hosts only)
///   … 0x3ffeffff           GICv3 redistributors, 128 KiB a vCPU, growing down
///     0x3fff0000           GIC distributor, 64 KiB
///     0x40000000           GIC interrupt translation service, 128 KiB   --irqchip kernel[allow-vgic-its]
///     0x7fc00000           firmware, 2 MiB, and 2 MiB that it works in         (only where one runs)
///     0x80000000           RAM, --mem
///     end of RAM           platform devices, 1 GiB (8 MiB before 2026-02-11)
///     … + 1 GiB            PCI memory, 64-bit window, to the end of the IPA space
/// </code>
/// Source: crosvm, aarch64/src/lib.rs and docs/book/src/appendix/memory_layout.md.
/// </remarks>
public static class Arm64Layout
{
    private const ulong KiB = 1024;
    private const ulong MiB = 1024 * KiB;

    /// <summary>The bytes of one UART's registers.</summary>
    public const ulong SerialSize = 8;

    /// <summary>The UARTs' addresses: COM1 to COM4 of the PC, in MMIO space.</summary>
    public static ReadOnlySpan<ulong> SerialAddresses => [0x3f8, 0x2f8, 0x3e8, 0x2e8];

    /// <summary>The UARTs' input clock in hertz.</summary>
    public const uint SerialClockHz = 1_843_200;

    /// <summary>The PL030 real-time clock.</summary>
    public static AddressRange Rtc => new(0x2000, 0x1000);

    /// <summary>The PrimeCell identification of the PL030.</summary>
    public const uint RtcPeripheralId = 0x00041030;

    /// <summary>The clock that the PL030's node refers to, in hertz.</summary>
    public const uint PeripheralClockHz = 3_141_592;

    /// <summary>The vCPU stall detector.</summary>
    public static AddressRange StallDetector => new(0x3000, 0x1000);

    /// <summary>The stall detector's counting frequency in hertz and its time-out in seconds.</summary>
    public const uint StallDetectorHz = 2;

    /// <inheritdoc cref="StallDetectorHz"/>
    public const uint StallDetectorTimeoutSeconds = 10;

    /// <summary>PCI configuration space where <c>--pci cam=</c> does not move it.</summary>
    public static AddressRange PciCam => new(0x10000, 16 * MiB);

    /// <summary>The stolen-time records (DEN0057).</summary>
    public static AddressRange PvTime => new(0x1ff0000, 64 * KiB);

    /// <summary>The bytes of one vCPU's stolen-time record.</summary>
    public const ulong PvTimeRecordSize = 64;

    /// <summary>The 32-bit PCI window where <c>--pci mem=</c> does not move it.</summary>
    public static AddressRange PciMem => new(0x2000000, 32 * MiB);

    /// <summary>The GICv2 CPU interface.</summary>
    public static AddressRange GicV2CpuInterface => new(0x3ffd0000, 128 * KiB);

    /// <summary>The GIC distributor, of either version.</summary>
    public static AddressRange GicDistributor => new(0x3fff0000, 64 * KiB);

    /// <summary>The bytes of one vCPU's GICv3 redistributor.</summary>
    public const ulong GicRedistributorSize = 128 * KiB;

    /// <summary>The GICv3 interrupt translation service.</summary>
    public static AddressRange GicIts => new(0x40000000, 128 * KiB);

    /// <summary>Where a firmware is loaded in a machine that runs one.</summary>
    public static AddressRange Firmware => new(0x7fc00000, 4 * MiB);

    /// <summary>The most PCI devices that every known firmware takes (pvmfw: entries of the interrupt map).</summary>
    public const int FirmwarePciDevices = 16;

    /// <summary>The most bytes of a firmware's image; what follows in <see cref="Firmware"/> is its working memory.</summary>
    public const ulong FirmwareImageSize = 2 * MiB;

    /// <summary>The first byte of RAM.</summary>
    public const ulong RamStart = 0x80000000;

    /// <summary>The largest device tree, and its alignment.</summary>
    public const ulong FdtMaxSize = 2 * MiB;

    /// <summary>The granule of guest RAM: the block size of a second-level table, with 4 KiB pages.</summary>
    public const ulong RamAlignment = 2 * MiB;

    /// <summary>The redistributors of <paramref name="vcpus"/> vCPUs: one region, ending where the distributor begins.</summary>
    public static AddressRange GicRedistributors(int vcpus)
    {
        ulong size = (ulong)vcpus * GicRedistributorSize;
        return new AddressRange(GicDistributor.Start - size, size);
    }
}
