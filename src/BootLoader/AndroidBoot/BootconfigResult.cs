namespace BootLoader.AndroidBoot;

/// <summary>What the end of an initrd was found to be.</summary>
public enum BootconfigResult
{
    /// <summary>A bootconfig with the right checksum.</summary>
    Ok,

    /// <summary>No bootconfig.</summary>
    None,

    /// <summary>A bootconfig that is longer than what comes before it, or than any may be.</summary>
    OutOfBounds,

    /// <summary>A bootconfig that was changed.</summary>
    BadChecksum,
}
