namespace Pvmfw.DeviceTree;

/// <summary>What is fixed on the one machine that the firmware knows: addresses, interrupts, phandles. The host's tree must agree.</summary>
/// <remarks>Source: crosvm, aarch64/src/lib.rs and aarch64/src/fdt.rs.</remarks>
public static class GuestMap
{
    /// <summary>The first byte of RAM.</summary>
    public const ulong RamStart = 0x8000_0000;

    /// <summary>The firmware's 4 MiB below RAM: 2 MiB of image, 2 MiB of scratch memory.</summary>
    public const ulong FirmwareStart = 0x7fc0_0000;

    /// <summary>The window at X0 that the device tree may fill.</summary>
    public const ulong TreeWindowSize = 0x20_0000;

    /// <summary>What addresses and sizes of memory are multiples of.</summary>
    public const ulong PageSize = 4096;

    /// <summary>No address of a device is at or above this.</summary>
    public const ulong AddressLimit = 1UL << 40;

    /// <summary>The GIC's distributor.</summary>
    public const ulong GicDistributor = 0x3fff_0000;

    /// <summary>Bytes of the distributor.</summary>
    public const ulong GicDistributorSize = 0x1_0000;

    /// <summary>Bytes of one CPU's redistributor; all of them end where the distributor begins.</summary>
    public const ulong GicRedistributorSize = 0x2_0000;

    /// <summary>Where devices at fixed addresses end and PCI may begin.</summary>
    public const ulong FixedDevicesEnd = 0x1_0000;

    /// <summary>Bytes of PCI configuration space: one bus by the legacy mechanism.</summary>
    public const ulong PciCamSize = 0x100_0000;

    /// <summary>Bytes of one UART's registers.</summary>
    public const ulong SerialSize = 8;

    /// <summary>The UARTs' input clock in hertz.</summary>
    public const uint SerialClockHz = 1_843_200;

    /// <summary>UARTs there are.</summary>
    public const int SerialCount = 4;

    /// <summary>The PL030 real-time clock.</summary>
    public const ulong Rtc = 0x2000;

    /// <summary>The vCPU stall detector.</summary>
    public const ulong StallDetector = 0x3000;

    /// <summary>Bytes of the real-time clock's registers and of the stall detector's.</summary>
    public const ulong SmallDeviceSize = 0x1000;

    /// <summary>The virtual cpufreq device, <see cref="CpuFrequencySize"/> bytes a CPU.</summary>
    public const ulong CpuFrequency = 0x104_0000;

    /// <summary>Bytes of one CPU's registers of the virtual cpufreq device.</summary>
    public const ulong CpuFrequencySize = 8;

    /// <summary>Interrupt kind: shared peripheral.</summary>
    public const uint Spi = 0;

    /// <summary>Interrupt kind: private to a CPU.</summary>
    public const uint Ppi = 1;

    /// <summary>Interrupt trigger: rising edge.</summary>
    public const uint EdgeRising = 1;

    /// <summary>Interrupt trigger: level, active high.</summary>
    public const uint LevelHigh = 4;

    /// <summary>Interrupt trigger: level, active low.</summary>
    public const uint LevelLow = 8;

    /// <summary>PPI of the stall detector.</summary>
    public const uint StallDetectorPpi = 15;

    /// <summary>PPI of the performance monitors.</summary>
    public const uint PmuPpi = 7;

    /// <summary>SPI of the real-time clock.</summary>
    public const uint RtcSpi = 1;

    /// <summary>SPI of the first PCI device's pin; device <c>i</c> has the <c>i</c>-th from here.</summary>
    public const uint FirstPciSpi = 4;

    /// <summary>Phandle of the interrupt controller.</summary>
    public const uint GicPhandle = 1;

    /// <summary>Phandle of the restricted DMA pool.</summary>
    public const uint DmaPoolPhandle = 2;

    /// <summary>Phandle of the real-time clock's clock.</summary>
    public const uint ClockPhandle = 24;

    /// <summary>Phandle of CPU 0; CPU <c>i</c> has the <c>i</c>-th from here.</summary>
    public const uint FirstCpuPhandle = 0x100;

    /// <summary>Phandle of CPU 0's operating points; CPU <c>i</c>'s have the <c>i</c>-th from here.</summary>
    public const uint FirstOperatingPointsPhandle = 0x200;

    /// <summary>The address of the UART with this index: COM1 to COM4 of the PC.</summary>
    public static ulong SerialAddress(int index) => index switch
    {
        0 => 0x3f8,
        1 => 0x2f8,
        2 => 0x3e8,
        _ => 0x2e8,
    };

    /// <summary>SPI of the UART with this index.</summary>
    public static uint SerialSpi(int index) => (index & 1) == 0 ? 0u : 2u;

    /// <summary>The field of a PPI's flags that names the CPUs it belongs to: eight at most.</summary>
    public static uint PpiCpus(uint cpus) => cpus >= 8 ? 0xff00u : ((1u << (int)cpus) - 1) << 8;

    /// <summary>The affinity by which the CPU with this index is known: no more CPUs are kept than Aff0 counts.</summary>
    public static uint CpuAffinity(int index) => (uint)index;
}
