using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Pvmfw.Disk;

/// <summary>Where a virtio function has its structures (virtio 1.3, 4.1.4): guest-physical addresses inside of the PCI windows, aligned.</summary>
internal struct VirtioStructures
{
    // Of 256 bytes, 64 are the header; a capability has at least 4.
    private const int MostCapabilities = (PCI_CFG_SPACE_SIZE - PCI_STD_HEADER_SIZEOF) / 4;
    private const int CapabilitySize = 16;
    private const int NotifyCapabilitySize = 20;

    // Of struct virtio_blk_config the capacity is used, and nothing that lies behind it.
    private const uint CapacitySize = sizeof(ulong);

    internal ulong Common;
    internal ulong Device;
    internal ulong Notify;
    internal uint NotifyLength;
    internal uint NotifyMultiplier;

    /// <summary>Reads the list of capabilities and checks the first one of each type that is used. Memory decoding must be off.</summary>
    internal static DiskFault Read<TPlatform>(PciFunction<TPlatform> function, PciWindows windows, out VirtioStructures structures)
        where TPlatform : struct, IDiskPlatform
    {
        structures = default;
        if ((function.Load8(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK) != 0)
        {
            return DiskFault.BadHeaderType;
        }

        if ((function.Load16(PCI_STATUS) & PCI_STATUS_CAP_LIST) == 0)
        {
            return DiskFault.BadCapabilities;
        }

        // The two low bits of a link are reserved, and to be masked (PCI Local Bus Specification 3.0, 6.7).
        int capability = function.Load8(PCI_CAPABILITY_LIST) & ~3;
        for (int count = 0; capability != 0; count++)
        {
            if (count == MostCapabilities)
            {
                return DiskFault.CapabilityLoop;
            }

            if (capability < PCI_STD_HEADER_SIZEOF)
            {
                return DiskFault.BadCapabilities;
            }

            if (function.Load8(capability) == PCI_CAP_ID_VNDR)
            {
                DiskFault fault = structures.Take(function, windows, capability);
                if (fault != DiskFault.None)
                {
                    return fault;
                }
            }

            capability = function.Load8(capability + 1) & ~3;
        }

        return structures.Common == 0 || structures.Device == 0 || structures.Notify == 0 ? DiskFault.MissingStructure : DiskFault.None;
    }

    private DiskFault Take<TPlatform>(PciFunction<TPlatform> function, PciWindows windows, int capability)
        where TPlatform : struct, IDiskPlatform
    {
        int length = function.Load8(capability + VIRTIO_PCI_CAP_LEN);
        if (length < CapabilitySize || length > PCI_CFG_SPACE_SIZE - capability)
        {
            return DiskFault.BadCapability;
        }

        // A region's number above 5 is reserved, and its capability to be ignored (4.1.4.1).
        int bar = function.Load8(capability + VIRTIO_PCI_CAP_BAR);
        if (bar > 5)
        {
            return DiskFault.None;
        }

        switch (function.Load8(capability + VIRTIO_PCI_CAP_CFG_TYPE))
        {
            case VIRTIO_PCI_CAP_COMMON_CFG when Common == 0:
                return Locate(function, windows, capability, bar, CommonConfigurationSize, sizeof(uint), out Common, out _);
            case VIRTIO_PCI_CAP_DEVICE_CFG when Device == 0:
                return Locate(function, windows, capability, bar, CapacitySize, sizeof(uint), out Device, out _);
            case VIRTIO_PCI_CAP_NOTIFY_CFG when Notify == 0:
                if (length < NotifyCapabilitySize)
                {
                    return DiskFault.BadCapability;
                }

                NotifyMultiplier = function.Load32(capability + VIRTIO_PCI_NOTIFY_CAP_MULT);
                return Locate(function, windows, capability, bar, sizeof(ushort), sizeof(ushort), out Notify, out NotifyLength);
            default:
                return DiskFault.None;
        }
    }

    private static DiskFault Locate<TPlatform>(
        PciFunction<TPlatform> function, PciWindows windows, int capability, int bar, uint least, uint alignment, out ulong address, out uint length)
        where TPlatform : struct, IDiskPlatform
    {
        address = 0;
        uint offset = function.Load32(capability + VIRTIO_PCI_CAP_OFFSET);
        length = function.Load32(capability + VIRTIO_PCI_CAP_LENGTH);
        DiskFault fault = PciRegion.Read(function, windows, bar, out PciRegion region);
        if (fault != DiskFault.None)
        {
            return fault;
        }

        if (length < least || offset % alignment != 0 || offset > region.Size || length > region.Size - offset)
        {
            return DiskFault.BadStructure;
        }

        address = region.Address + offset;
        return DiskFault.None;
    }
}
