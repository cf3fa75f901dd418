namespace Virtio;

/// <summary>Device IDs (virtio 1.3, section 5; Linux <c>include/uapi/linux/virtio_ids.h</c>).</summary>
public enum VirtioDeviceType
{
    /// <summary>Network card.</summary>
    Net = 1,

    /// <summary>Block device.</summary>
    Block = 2,

    /// <summary>Console.</summary>
    Console = 3,

    /// <summary>Entropy source.</summary>
    Rng = 4,

    /// <summary>Memory balloon.</summary>
    Balloon = 5,

    /// <summary>Socket device.</summary>
    Vsock = 19,

    /// <summary>Sound card.</summary>
    Sound = 25,

    /// <summary>File system.</summary>
    Fs = 26,
}
