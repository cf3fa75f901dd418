namespace Virtio.Pci;

/// <summary>Where the structures of a virtio function lie in its region 0. Source: crosvm, devices/src/virtio/virtio_pci_device.rs.</summary>
/// <remarks>
/// <code>
/// 0x0000  common configuration, 56 bytes
/// 0x1000  ISR status, 1 byte
/// 0x2000  device configuration
/// 0x3000  notifications, 4 bytes a queue
/// 0x6000  MSI-X table
/// 0x7000  MSI-X pending bits
/// </code>
/// </remarks>
internal static class VirtioPciLayout
{
    internal const int Bar = 0;
    internal const ulong BarSize = 0x8000;

    /// <summary>Each structure has a page, and no access may leave it.</summary>
    internal const int PageSize = 0x1000;

    internal const int CommonConfiguration = 0x0000;
    internal const int InterruptStatus = 0x1000;
    internal const int DeviceConfiguration = 0x2000;
    internal const int Notifications = 0x3000;
    internal const int MsixTable = 0x6000;
    internal const int MsixPending = 0x7000;

    internal const int NotifyMultiplier = 4;

    /// <summary>The most queues: one vector each and one for the configuration must fit the MSI-X table's page.</summary>
    internal const int MaxQueues = (PageSize / VirtioPciRegisters.PCI_MSIX_ENTRY_SIZE) - 1;
}
