namespace BootLoader.Gpt;

/// <summary>Numbers of a GUID partition table (UEFI 2.10, 5.3); all fields are little-endian, sectors have 512 bytes.</summary>
public static class GptFormat
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    /// <summary>Entries of a table.</summary>
    public const int EntryCount = 128;

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

    /// <summary>"EFI PART".</summary>
    public static ReadOnlySpan<byte> Signature => "EFI PART"u8;

    /// <summary>The type "Linux filesystem data" (Discoverable Partitions Specification).</summary>
    public static Guid LinuxFilesystem { get; } = new("0FC63DAF-8483-4772-8E79-3D69D8477DE4");

    /// <summary>The type "EFI system partition".</summary>
    public static Guid EfiSystem { get; } = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
}
