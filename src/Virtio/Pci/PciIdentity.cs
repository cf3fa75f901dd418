namespace Virtio.Pci;

/// <summary>The read-only registers by which a guest recognises a function.</summary>
/// <param name="VendorId">PCI_VENDOR_ID.</param>
/// <param name="DeviceId">PCI_DEVICE_ID.</param>
/// <param name="ClassCode">Base class, subclass and programming interface, 24 bits: 0x060000 is a host bridge.</param>
/// <param name="Revision">PCI_REVISION_ID.</param>
/// <param name="SubsystemVendorId">PCI_SUBSYSTEM_VENDOR_ID.</param>
/// <param name="SubsystemId">PCI_SUBSYSTEM_ID.</param>
public readonly record struct PciIdentity(
    ushort VendorId, ushort DeviceId, uint ClassCode, byte Revision = 0, ushort SubsystemVendorId = 0, ushort SubsystemId = 0);
