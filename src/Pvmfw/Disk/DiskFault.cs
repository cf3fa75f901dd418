namespace Pvmfw.Disk;

/// <summary>Why there is no instance disk, or why it cannot be used any longer. All but a few are the host's doing.</summary>
public enum DiskFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The platform could not make registers reachable, or its PCI windows make no sense.</summary>
    NotMapped,

    /// <summary>The hypervisor did not share the pages for the queue, or did not take them back.</summary>
    NotShared,

    /// <summary>There is no disk with the partition.</summary>
    NotFound,

    /// <summary>The function's header is not of type 0.</summary>
    BadHeaderType,

    /// <summary>The function has no list of capabilities, or one that leaves the configuration space.</summary>
    BadCapabilities,

    /// <summary>The list of capabilities does not end.</summary>
    CapabilityLoop,

    /// <summary>A virtio capability is too short for its type or leaves the configuration space.</summary>
    BadCapability,

    /// <summary>The common configuration, the notifications or the device's configuration is missing.</summary>
    MissingStructure,

    /// <summary>A structure does not lie inside of its region, is too short, or is not aligned.</summary>
    BadStructure,

    /// <summary>A structure's region is no memory region, has no address, or an impossible size.</summary>
    BadRegion,

    /// <summary>A structure's region does not lie in the PCI host's windows.</summary>
    RegionOutside,

    /// <summary>The device did not come back from its reset.</summary>
    ResetTimedOut,

    /// <summary>The device does not offer VIRTIO_F_VERSION_1, or, where it has to, VIRTIO_F_ACCESS_PLATFORM.</summary>
    MissingFeature,

    /// <summary>The device does not agree to features that it offered.</summary>
    FeaturesRefused,

    /// <summary>The device has no queue, or one too small for a request.</summary>
    QueueTooSmall,

    /// <summary>The queue's notification lies outside of the notifications.</summary>
    BadNotification,

    /// <summary>The device's configuration changes each time it is read.</summary>
    ConfigurationUnstable,

    /// <summary>The device's configuration, which has the capacity, changed while the disk was in use.</summary>
    ConfigurationChanged,

    /// <summary>The device says that it needs a reset, or has had one.</summary>
    DeviceBroken,

    /// <summary>A request was not completed in time.</summary>
    TimedOut,

    /// <summary>The used index is neither the one of before the request nor the next one.</summary>
    UsedIndexJumped,

    /// <summary>What the device completed is not what was requested.</summary>
    WrongDescriptor,

    /// <summary>The device has written less or more than the request has room for.</summary>
    WrongLength,

    /// <summary>The status is none of those that there are, or none was written.</summary>
    BadStatus,

    /// <summary>The device failed the request.</summary>
    RequestFailed,

    /// <summary>The disk is read-only.</summary>
    ReadOnly,

    /// <summary>A request was for sectors that the disk does not have.</summary>
    OutOfRange,

    /// <summary>The disk was closed.</summary>
    Closed,
}
