namespace BootLoader.Firmware;

/// <summary>
/// The configuration data that a boot loader appends to the protected VM firmware, at the next 4 KiB boundary (Android Virtualization Framework,
/// pvmfw README, "Configuration Data Format"). All numbers are little-endian.
/// </summary>
public static class PvmfwConfigFormat
{
    /// <summary>What the data begins with: <c>pvmf</c>.</summary>
    public const uint Magic = 0x666d_7670;

    /// <summary>The only major version.</summary>
    public const int MajorVersion = 1;

    /// <summary>The newest minor version that is known.</summary>
    public const int NewestMinorVersion = 3;

    /// <summary>Size of the header without the entries: magic, version, total size, flags.</summary>
    public const int HeaderSize = 16;

    /// <summary>Offset of the version in the header: the minor version in the low half.</summary>
    public const int VersionOffset = 4;

    /// <summary>Offset of the total size in the header: header, entries and blobs.</summary>
    public const int TotalSizeOffset = 8;

    /// <summary>Offset of the flags in the header.</summary>
    public const int FlagsOffset = 12;

    /// <summary>Size of an entry: offset from the header's start, size.</summary>
    public const int EntrySize = 8;

    /// <summary>What the offset of a blob is a multiple of.</summary>
    public const int BlobAlignment = 8;

    /// <summary>What the offset of the header is a multiple of in the firmware's image.</summary>
    public const int HeaderAlignment = 4096;

    /// <summary>The number of entries of version 1.0; each minor version has one more.</summary>
    private const int FirstEntryCount = 2;

    /// <summary>The number of entries of version 1.<paramref name="minor"/>; of the newest known for a newer one.</summary>
    public static int EntryCount(int minor) => FirstEntryCount + Math.Min(minor, NewestMinorVersion);
}
