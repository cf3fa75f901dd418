namespace BootLoader.Firmware;

/// <summary>Why the firmware's configuration data was refused.</summary>
public enum PvmfwConfigError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>There are fewer bytes than a header has, or than the header says.</summary>
    Truncated,

    /// <summary>The data does not begin with <c>pvmf</c>.</summary>
    WrongMagic,

    /// <summary>The major version is not 1.</summary>
    UnsupportedVersion,

    /// <summary>The total size does not even hold header and entries.</summary>
    TotalSizeTooSmall,

    /// <summary>A blob's offset is no multiple of 8.</summary>
    MisalignedEntry,

    /// <summary>A blob begins inside header or entries, or inside or before the blob of an earlier entry.</summary>
    EntryTooEarly,

    /// <summary>A blob ends beyond the total size.</summary>
    EntryTooLong,

    /// <summary>The DICE hand-over is missing.</summary>
    MissingHandover,
}
