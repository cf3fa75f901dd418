namespace Virtio;

/// <summary>Feature bits that do not belong to one type of device (virtio 1.3, section 6), as masks.</summary>
public static class VirtioFeatures
{
    /// <summary>VIRTIO_F_INDIRECT_DESC: a descriptor may lead to a table of descriptors.</summary>
    public const ulong IndirectDescriptors = 1UL << 28;

    /// <summary>VIRTIO_F_EVENT_IDX: each side says at which index it wants to be told.</summary>
    public const ulong EventIndex = 1UL << 29;

    /// <summary>VIRTIO_F_VERSION_1: not the legacy interface.</summary>
    public const ulong Version1 = 1UL << 32;

    /// <summary>VIRTIO_F_ACCESS_PLATFORM: the device reaches only memory that the platform lets it reach.</summary>
    public const ulong AccessPlatform = 1UL << 33;

    /// <summary>VIRTIO_F_RING_PACKED: the packed virtqueue layout.</summary>
    public const ulong PackedRing = 1UL << 34;
}
