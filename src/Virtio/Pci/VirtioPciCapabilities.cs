using System.Buffers.Binary;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>The capabilities by which a driver finds the structures of a virtio function (virtio 1.3, 4.1.4), in crosvm's order.</summary>
internal sealed class VirtioPciCapabilities
{
    private const int VirtioCapabilitySize = 16;

    internal VirtioPciCapabilities(PciConfigurationSpace configuration, int vectors)
    {
        const int Page = VirtioPciLayout.PageSize;
        Add(configuration, VIRTIO_PCI_CAP_COMMON_CFG, VirtioPciLayout.CommonConfiguration, CommonConfigurationSize);
        Add(configuration, VIRTIO_PCI_CAP_ISR_CFG, VirtioPciLayout.InterruptStatus, 1);
        Add(configuration, VIRTIO_PCI_CAP_DEVICE_CFG, VirtioPciLayout.DeviceConfiguration, Page);
        Span<byte> multiplier = [VirtioPciLayout.NotifyMultiplier, 0, 0, 0];
        Add(configuration, VIRTIO_PCI_CAP_NOTIFY_CFG, VirtioPciLayout.Notifications, Page, multiplier);
        Window = AddWindow(configuration);
        Msix = AddMsix(configuration, vectors);
    }

    /// <summary>Offset of the capability through which the region is reached by configuration accesses.</summary>
    internal int Window { get; }

    /// <summary>Offset of the MSI-X capability.</summary>
    internal int Msix { get; }

    private static void Add(PciConfigurationSpace configuration, byte type, int offset, int length, ReadOnlySpan<byte> more = default)
    {
        Span<byte> body = stackalloc byte[VirtioCapabilitySize - 2 + 4];
        body = body[..(VirtioCapabilitySize - 2 + more.Length)];
        body.Clear();
        body[0] = (byte)(VirtioCapabilitySize + more.Length);
        body[1] = type;
        body[VIRTIO_PCI_CAP_BAR - 2] = VirtioPciLayout.Bar;
        BinaryPrimitives.WriteUInt32LittleEndian(body[(VIRTIO_PCI_CAP_OFFSET - 2)..], (uint)offset);
        BinaryPrimitives.WriteUInt32LittleEndian(body[(VIRTIO_PCI_CAP_LENGTH - 2)..], (uint)length);
        more.CopyTo(body[(VirtioCapabilitySize - 2)..]);
        configuration.AddCapability(PciRegisters.PCI_CAP_ID_VNDR, body);
    }

    private static int AddWindow(PciConfigurationSpace configuration)
    {
        Span<byte> body = stackalloc byte[CapabilityData + 4 - 2];
        body.Clear();
        body[0] = CapabilityData + 4;
        body[1] = VIRTIO_PCI_CAP_PCI_CFG;
        Span<byte> writable = stackalloc byte[body.Length];
        writable.Clear();
        writable[VIRTIO_PCI_CAP_BAR - 2] = 0xff;
        writable[(VIRTIO_PCI_CAP_OFFSET - 2)..].Fill(0xff);
        return configuration.AddCapability(PciRegisters.PCI_CAP_ID_VNDR, body, writable);
    }

    private static int AddMsix(PciConfigurationSpace configuration, int vectors)
    {
        // Message control, then table and pending bits, each an offset whose low three bits are the region's number.
        Span<byte> body = stackalloc byte[10];
        BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)(vectors - 1));
        BinaryPrimitives.WriteUInt32LittleEndian(body[2..], VirtioPciLayout.MsixTable | VirtioPciLayout.Bar);
        BinaryPrimitives.WriteUInt32LittleEndian(body[6..], VirtioPciLayout.MsixPending | VirtioPciLayout.Bar);
        Span<byte> writable = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(writable, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
        return configuration.AddCapability(PciRegisters.PCI_CAP_ID_MSIX, body, writable);
    }
}
