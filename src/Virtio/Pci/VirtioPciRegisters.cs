namespace Virtio.Pci;

/// <summary>Registers and bits of virtio over PCI, spelled as in Linux <c>include/uapi/linux/{virtio_pci,virtio_config,pci_regs}.h</c>.</summary>
internal static class VirtioPciRegisters
{
    // Virtio 1.3, 4.1.2: a modern device's ID is this base and its type's number.
    internal const ushort VendorId = 0x1af4;
    internal const ushort ModernDeviceIdBase = 0x1040;
    internal const ushort TransitionalBlockDeviceId = 0x1001;
    internal const byte ModernRevision = 1;

    internal const byte VIRTIO_PCI_CAP_COMMON_CFG = 1;
    internal const byte VIRTIO_PCI_CAP_NOTIFY_CFG = 2;
    internal const byte VIRTIO_PCI_CAP_ISR_CFG = 3;
    internal const byte VIRTIO_PCI_CAP_DEVICE_CFG = 4;
    internal const byte VIRTIO_PCI_CAP_PCI_CFG = 5;

    internal const int VIRTIO_PCI_CAP_LEN = 2;
    internal const int VIRTIO_PCI_CAP_CFG_TYPE = 3;
    internal const int VIRTIO_PCI_CAP_BAR = 4;
    internal const int VIRTIO_PCI_CAP_OFFSET = 8;
    internal const int VIRTIO_PCI_CAP_LENGTH = 12;
    internal const int VIRTIO_PCI_NOTIFY_CAP_MULT = 16;
    internal const int CapabilityData = 16; // pci_cfg_data of struct virtio_pci_cfg_cap

    internal const int VIRTIO_PCI_COMMON_DFSELECT = 0;
    internal const int VIRTIO_PCI_COMMON_DF = 4;
    internal const int VIRTIO_PCI_COMMON_GFSELECT = 8;
    internal const int VIRTIO_PCI_COMMON_GF = 12;
    internal const int VIRTIO_PCI_COMMON_MSIX = 16;
    internal const int VIRTIO_PCI_COMMON_NUMQ = 18;
    internal const int VIRTIO_PCI_COMMON_STATUS = 20;
    internal const int VIRTIO_PCI_COMMON_CFGGENERATION = 21;
    internal const int VIRTIO_PCI_COMMON_Q_SELECT = 22;
    internal const int VIRTIO_PCI_COMMON_Q_SIZE = 24;
    internal const int VIRTIO_PCI_COMMON_Q_MSIX = 26;
    internal const int VIRTIO_PCI_COMMON_Q_ENABLE = 28;
    internal const int VIRTIO_PCI_COMMON_Q_NOFF = 30;
    internal const int VIRTIO_PCI_COMMON_Q_DESCLO = 32;
    internal const int VIRTIO_PCI_COMMON_Q_AVAILLO = 40;
    internal const int VIRTIO_PCI_COMMON_Q_USEDLO = 48;
    internal const int CommonConfigurationSize = 56;

    internal const byte VIRTIO_CONFIG_S_ACKNOWLEDGE = 1;
    internal const byte VIRTIO_CONFIG_S_DRIVER = 2;
    internal const byte VIRTIO_CONFIG_S_DRIVER_OK = 4;
    internal const byte VIRTIO_CONFIG_S_FEATURES_OK = 8;
    internal const byte VIRTIO_CONFIG_S_NEEDS_RESET = 0x40;
    internal const byte VIRTIO_CONFIG_S_FAILED = 0x80;

    internal const ushort VIRTIO_MSI_NO_VECTOR = 0xffff;

    // Virtio 1.3, 4.1.4.5: the header has no name for bit 0.
    internal const byte IsrQueue = 1;
    internal const byte VIRTIO_PCI_ISR_CONFIG = 2;

    internal const ushort PCI_MSIX_FLAGS_ENABLE = 0x8000;
    internal const ushort PCI_MSIX_FLAGS_MASKALL = 0x4000;
    internal const int PCI_MSIX_ENTRY_SIZE = 16;
    internal const int PCI_MSIX_ENTRY_LOWER_ADDR = 0;
    internal const int PCI_MSIX_ENTRY_DATA = 8;
    internal const int PCI_MSIX_ENTRY_VECTOR_CTRL = 12;
    internal const byte PCI_MSIX_ENTRY_CTRL_MASKBIT = 1;
}
