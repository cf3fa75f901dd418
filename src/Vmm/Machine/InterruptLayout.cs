namespace Vmm.Machine;

/// <summary>The guest's interrupt numbers, as the device tree gives them: SPIs from INTID 32, PPIs from INTID 16.</summary>
/// <remarks>Source: crosvm, aarch64/src/lib.rs and devices/src/irqchip/kvm/aarch64.rs.</remarks>
public static class InterruptLayout
{
    /// <summary>SPIs the GIC has.</summary>
    public const uint SpiCount = 32;

    /// <summary>INTIDs the GIC has: 16 SGIs, 16 PPIs and the SPIs (KVM_DEV_ARM_VGIC_GRP_NR_IRQS).</summary>
    public const uint IntidCount = 32 + SpiCount;

    /// <summary>SPI of the RTC.</summary>
    public const uint RtcSpi = 1;

    /// <summary>First SPI that is given out to PCI functions.</summary>
    public const uint FirstDynamicSpi = 4;

    /// <summary>PPI of the secure physical timer.</summary>
    public const uint SecurePhysicalTimerPpi = 13;

    /// <summary>PPI of the non-secure physical timer.</summary>
    public const uint PhysicalTimerPpi = 14;

    /// <summary>PPI of the virtual timer.</summary>
    public const uint VirtualTimerPpi = 11;

    /// <summary>PPI of the hypervisor's timer.</summary>
    public const uint HypervisorTimerPpi = 10;

    /// <summary>PPI of the performance monitors.</summary>
    public const uint PmuPpi = 7;

    /// <summary>PPI of the stall detector.</summary>
    public const uint StallDetectorPpi = 15;

    /// <summary>INTID of PPI 0.</summary>
    public const uint FirstPpiIntid = 16;

    /// <summary>INTID of SPI 0.</summary>
    public const uint FirstSpiIntid = 32;

    /// <summary>SPI of the UART with this index: COM1 and COM3 share one, COM2 and COM4 another.</summary>
    public static uint SerialSpi(int index) => index % 2 == 0 ? 0u : 2u;

    /// <summary>SPI that INTx pin A of a PCI device is wired to; devices beyond the SPIs left share them in turn.</summary>
    /// <param name="device">The device number, from 1: device 0 is the host bridge and has no interrupt.</param>
    public static uint PciSpi(int device) => FirstDynamicSpi + ((uint)device - 1) % (SpiCount - FirstDynamicSpi);
}
