namespace Vmm.Configuration;

/// <summary>Limits of a VM that hold on every host.</summary>
public static class VmLimits
{
    /// <summary>
    /// The least guest memory, in MiB. The device tree takes 2 MiB, and an initrd starts at the first 16 MiB boundary after the kernel, so
    /// with less there is no place that any Linux kernel could be loaded to.
    /// </summary>
    public const ulong MinMemoryMib = 16;

    /// <summary>
    /// The most guest memory, in MiB: a 52-bit guest physical address space (the widest of the architecture, FEAT_LPA) less the 2 GiB below RAM and
    /// 2 GiB for the windows above it. What a host allows is less and is checked when the VM is made.
    /// </summary>
    public const ulong MaxMemoryMib = (1UL << (52 - 20)) - 4096;

    /// <summary>The most vCPUs: pvmfw and the device tree's cpu masks are made for 16.</summary>
    public const int MaxCpus = 16;

    /// <summary>The number of 16550 UARTs.</summary>
    public const int MaxSerialPorts = 4;

    /// <summary>The number of virtio consoles: as many as Linux has hvc terminals (MAX_NR_HVC_CONSOLES).</summary>
    public const int MaxVirtioConsoles = 16;

    /// <summary>The longest kernel command line, in bytes, without its final NUL (arm64 COMMAND_LINE_SIZE is 2048).</summary>
    public const int MaxKernelParams = 2047;

    /// <summary>The size of a PCI configuration window: 256 bytes for each of 8 functions of 32 devices on 256 buses (pci-host-cam-generic).</summary>
    public const ulong PciCamSize = 256 * 8 * 32 * 256;

    /// <summary>The restricted DMA pool of a protected VM when none is asked for, in MiB (crosvm's default).</summary>
    public const ulong DefaultProtectedSwiotlbMib = 64;
}
