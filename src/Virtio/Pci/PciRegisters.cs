namespace Virtio.Pci;

/// <summary>Configuration registers and bits, spelled as in Linux <c>include/uapi/linux/pci_regs.h</c>.</summary>
public static class PciRegisters
{
#pragma warning disable CS1591 // the header and the PCI Local Bus Specification 3.0, section 6, define each
    public const int PCI_VENDOR_ID = 0x00;
    public const int PCI_DEVICE_ID = 0x02;
    public const int PCI_COMMAND = 0x04;
    public const int PCI_STATUS = 0x06;
    public const int PCI_REVISION_ID = 0x08;
    public const int PCI_CLASS_PROG = 0x09;
    public const int PCI_CACHE_LINE_SIZE = 0x0c;
    public const int PCI_HEADER_TYPE = 0x0e;
    public const int PCI_BASE_ADDRESS_0 = 0x10;
    public const int PCI_SUBSYSTEM_VENDOR_ID = 0x2c;
    public const int PCI_SUBSYSTEM_ID = 0x2e;
    public const int PCI_CAPABILITY_LIST = 0x34;
    public const int PCI_INTERRUPT_LINE = 0x3c;
    public const int PCI_INTERRUPT_PIN = 0x3d;
    public const int PCI_STD_HEADER_SIZEOF = 0x40;
    public const int PCI_CFG_SPACE_SIZE = 0x100;

    public const ushort PCI_COMMAND_MEMORY = 0x0002;
    public const ushort PCI_COMMAND_MASTER = 0x0004;
    public const ushort PCI_COMMAND_INTX_DISABLE = 0x0400;
    public const ushort PCI_STATUS_INTERRUPT = 0x0008;
    public const ushort PCI_STATUS_CAP_LIST = 0x0010;

    public const byte PCI_HEADER_TYPE_MASK = 0x7f;
    public const byte PCI_HEADER_TYPE_MFD = 0x80;

    public const uint PCI_BASE_ADDRESS_SPACE_IO = 0x01;
    public const uint PCI_BASE_ADDRESS_MEM_TYPE_MASK = 0x06;
    public const uint PCI_BASE_ADDRESS_MEM_TYPE_64 = 0x04;
    public const uint PCI_BASE_ADDRESS_MEM_PREFETCH = 0x08;
    public const ulong PCI_BASE_ADDRESS_MEM_MASK = ~0x0fUL;

    // What no function answers is all ones; the header has no name for it.
    public const ushort NoVendor = 0xffff;

    public const byte PCI_CAP_ID_VNDR = 0x09;
    public const byte PCI_CAP_ID_MSIX = 0x11;
#pragma warning restore CS1591
}
