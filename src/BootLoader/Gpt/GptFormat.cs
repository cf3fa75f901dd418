namespace BootLoader.Gpt;

/// <summary>Numbers of a GUID partition table (UEFI 2.10, 5.3); all fields are little-endian, sectors have 512 bytes.</summary>
public static class GptFormat
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    /// <summary>Entries of a table that is written.</summary>
    public const int EntryCount = 128;

    /// <summary>Entries of a table that is read: more than the usual 128 are allowed; so many are more than anyone has.</summary>
    public const uint MostEntries = 1024;

    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 128;

    /// <summary>Bytes of the header that its sum covers.</summary>
    public const int HeaderSize = 92;

    /// <summary>Sectors that the entries take.</summary>
    public const int EntrySectors = EntryCount * EntrySize / SectorSize;

    /// <summary>UTF-16 units of a partition's name.</summary>
    public const int NameUnits = 36;

    /// <summary>Version 1.0.</summary>
    public const uint Revision = 0x00010000;

    /// <summary>The type of a partition in the protective MBR.</summary>
    public const byte ProtectiveType = 0xee;

    /// <summary>Bytes of a GUID.</summary>
    public const int GuidSize = 16;

    /// <summary>Where an entry has its first sector.</summary>
    public const int FirstLbaOffset = 32;

    /// <summary>Where an entry has its last sector.</summary>
    public const int LastLbaOffset = 40;

    /// <summary>Where an entry has its name.</summary>
    public const int NameOffset = 56;

    /// <summary>"EFI PART".</summary>
    public static ReadOnlySpan<byte> Signature => "EFI PART"u8;
}
