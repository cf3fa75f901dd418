using Virtio;
using Virtio.Block;
using static Virtio.Pci.VirtioPciRegisters;

namespace Pvmfw.Disk;

/// <summary>The common configuration of a virtio function (virtio 1.3, 4.1.4.3): from reset to a queue that works.</summary>
/// <param name="address">Its guest-physical address.</param>
internal readonly struct VirtioRegisters<TPlatform>(ulong address)
    where TPlatform : struct, IDiskPlatform
{
    private const ulong ResetSeconds = 10;
    private const byte Acknowledged = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    internal byte Generation => Load8(VIRTIO_PCI_COMMON_CFGGENERATION);

    /// <summary>Whether the device still works as it was set up.</summary>
    internal bool IsRunning =>
        (Load8(VIRTIO_PCI_COMMON_STATUS) & (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET)) == VIRTIO_CONFIG_S_DRIVER_OK;

    /// <summary>Resets the device and waits until it has let go of its queue (4.1.4.3.2): from then on it touches no memory.</summary>
    internal DiskFault Reset()
    {
        Store8(VIRTIO_PCI_COMMON_STATUS, 0);
        Deadline<TPlatform> deadline = new(ResetSeconds);
        while (Load8(VIRTIO_PCI_COMMON_STATUS) != 0)
        {
            if (!deadline.Wait())
            {
                return DiskFault.ResetTimedOut;
            }
        }

        return DiskFault.None;
    }

    /// <summary>Agrees on features (3.1.1): version 1, to flush where that is offered, and the platform's memory accesses.</summary>
    /// <param name="needsAccessPlatform">The device can only reach shared memory, and has to say that it knows.</param>
    /// <param name="features">What was agreed on, and with it VIRTIO_BLK_F_RO.</param>
    internal DiskFault Negotiate(bool needsAccessPlatform, out ulong features)
    {
        Store8(VIRTIO_PCI_COMMON_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
        Store8(VIRTIO_PCI_COMMON_STATUS, Acknowledged);
        Store32(VIRTIO_PCI_COMMON_DFSELECT, 0);
        ulong offered = Load32(VIRTIO_PCI_COMMON_DF);
        Store32(VIRTIO_PCI_COMMON_DFSELECT, 1);
        offered |= (ulong)Load32(VIRTIO_PCI_COMMON_DF) << 32;
        ulong needed = VirtioFeatures.Version1 | (needsAccessPlatform ? VirtioFeatures.AccessPlatform : 0);
        features = offered & (needed | VirtioFeatures.AccessPlatform | VirtioBlk.VIRTIO_BLK_F_FLUSH | VirtioBlk.VIRTIO_BLK_F_RO);
        if ((features & needed) != needed)
        {
            return DiskFault.MissingFeature;
        }

        Store32(VIRTIO_PCI_COMMON_GFSELECT, 0);
        Store32(VIRTIO_PCI_COMMON_GF, (uint)features);
        Store32(VIRTIO_PCI_COMMON_GFSELECT, 1);
        Store32(VIRTIO_PCI_COMMON_GF, (uint)(features >> 32));
        Store8(VIRTIO_PCI_COMMON_STATUS, Acknowledged | VIRTIO_CONFIG_S_FEATURES_OK);
        return (Load8(VIRTIO_PCI_COMMON_STATUS) & VIRTIO_CONFIG_S_FEATURES_OK) != 0 ? DiskFault.None : DiskFault.FeaturesRefused;
    }

    /// <summary>Gives queue 0 its pages and lets the device run.</summary>
    /// <param name="structures">Where its notifications are.</param>
    /// <param name="notification">The address to store the queue's number to.</param>
    internal DiskFault StartQueue(VirtioStructures structures, out ulong notification)
    {
        notification = 0;
        Store16(VIRTIO_PCI_COMMON_Q_SELECT, 0);
        if (Load16(VIRTIO_PCI_COMMON_NUMQ) == 0 || Load16(VIRTIO_PCI_COMMON_Q_SIZE) < QueueLayout.QueueSize)
        {
            return DiskFault.QueueTooSmall;
        }

        // 16 bits times 32 bits fit into 64.
        ulong offset = (ulong)Load16(VIRTIO_PCI_COMMON_Q_NOFF) * structures.NotifyMultiplier;
        if (offset % sizeof(ushort) != 0 || offset > structures.NotifyLength - sizeof(ushort))
        {
            return DiskFault.BadNotification;
        }

        notification = structures.Notify + offset;
        if (!TPlatform.Map(notification, sizeof(ushort)))
        {
            return DiskFault.NotMapped;
        }

        BlockQueue<TPlatform>.Initialize();
        Store16(VIRTIO_PCI_COMMON_Q_SIZE, QueueLayout.QueueSize);
        Store64(VIRTIO_PCI_COMMON_Q_DESCLO, TPlatform.Address + QueueLayout.Descriptors);
        Store64(VIRTIO_PCI_COMMON_Q_AVAILLO, TPlatform.Address + QueueLayout.Available);
        Store64(VIRTIO_PCI_COMMON_Q_USEDLO, TPlatform.Address + QueueLayout.Used);

        // The device may look at the rings as soon as it is let run.
        TPlatform.OrderStores();
        Store16(VIRTIO_PCI_COMMON_Q_ENABLE, 1);
        Store8(VIRTIO_PCI_COMMON_STATUS, Acknowledged | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
        return IsRunning ? DiskFault.None : DiskFault.DeviceBroken;
    }

    private byte Load8(int offset) => TPlatform.Load8(address + (ulong)offset);

    private ushort Load16(int offset) => TPlatform.Load16(address + (ulong)offset);

    private uint Load32(int offset) => TPlatform.Load32(address + (ulong)offset);

    private void Store8(int offset, byte value) => TPlatform.Store8(address + (ulong)offset, value);

    private void Store16(int offset, ushort value) => TPlatform.Store16(address + (ulong)offset, value);

    private void Store32(int offset, uint value) => TPlatform.Store32(address + (ulong)offset, value);

    private void Store64(int offset, ulong value)
    {
        // Two halves (4.1.3.1).
        Store32(offset, (uint)value);
        Store32(offset + sizeof(uint), (uint)(value >> 32));
    }
}
