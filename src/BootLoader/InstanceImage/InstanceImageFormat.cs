using BootLoader.Blocks;

namespace BootLoader.InstanceImage;

/// <summary>
/// Numbers of an instance image: what a protected VM keeps of itself, on a partition that its host stores for it
/// (AOSP packages/modules/Virtualization, guest/microdroid_manager/src/instance.rs and guest/pvmfw/src/instance.rs).
/// </summary>
/// <remarks>
/// <code>
/// sector 0      "Android-VM-instance" · u16 version, little-endian · zeros
/// then entries, each beginning with a sector:
///   sector n    UUID, 16 bytes in the order of RFC 4122 · u64 length of the payload, little-endian · zeros
///   sector n+1  payload, filled up with zeros to whole sectors
/// </code>
/// A nil UUID marks the end of the entries, and the place where the next one goes.
/// </remarks>
public static class InstanceImageFormat
{
    /// <summary>The version in the header.</summary>
    public const ushort Version = 1;

    /// <summary>Where the version stands in sector 0.</summary>
    public const int VersionOffset = 19;

    /// <summary>Bytes of an entry's header: a sector.</summary>
    public const int EntryHeaderSize = Sectors.Size;

    /// <summary>Bytes of an entry's UUID.</summary>
    public const int UuidSize = 16;

    /// <summary>Where the payload's length stands in an entry's header.</summary>
    public const int PayloadLengthOffset = 16;

    /// <summary>Entries that are looked at. Two are usual; the limit keeps a host from leading the guest along an endless chain of empty ones.</summary>
    public const int MostEntries = 64;

    /// <summary>What sector 0 begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "Android-VM-instance"u8;

    /// <summary>The label of the partition that holds an instance image.</summary>
    public static ReadOnlySpan<byte> PartitionLabel => "vm-instance"u8;

    /// <summary>The UUID of a free place.</summary>
    public static ReadOnlySpan<byte> Nil => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The UUID of the firmware's entry: 90d2174a-038a-4bc6-adf3-824848fc5825.</summary>
    public static ReadOnlySpan<byte> Pvmfw =>
        [0x90, 0xd2, 0x17, 0x4a, 0x03, 0x8a, 0x4b, 0xc6, 0xad, 0xf3, 0x82, 0x48, 0x48, 0xfc, 0x58, 0x25];

    /// <summary>The UUID of the entry of the guest's manager: cf9afe9a-0662-11ec-a329-c32663a09d75.</summary>
    public static ReadOnlySpan<byte> Microdroid =>
        [0xcf, 0x9a, 0xfe, 0x9a, 0x06, 0x62, 0x11, 0xec, 0xa3, 0x29, 0xc3, 0x26, 0x63, 0xa0, 0x9d, 0x75];
}
