namespace BootLoader.Super;

/// <summary>
/// Numbers of logical-partition metadata (liblp, metadata_format.h), which a physical partition, usually <c>super</c>, begins with. All fields are
/// little-endian. In order: a page that is left alone, geometry, its copy, the metadata of each slot, a copy of each, logical partitions.
/// </summary>
public static class LpFormat
{
    /// <summary>LP_METADATA_GEOMETRY_MAGIC: a geometry's first four bytes.</summary>
    public const uint GeometryMagic = 0x616c4467;

    /// <summary>LP_METADATA_HEADER_MAGIC: the first four bytes of a slot's metadata.</summary>
    public const uint HeaderMagic = 0x414c5030;

    /// <summary>LP_PARTITION_RESERVED_BYTES: what lies before the geometry, so that nobody takes it for a boot sector.</summary>
    public const int ReservedSize = 4096;

    /// <summary>LP_METADATA_GEOMETRY_SIZE: the room for a geometry; it is there twice.</summary>
    public const int GeometryArea = 4096;

    /// <summary>Where the metadata of the first slot lies.</summary>
    public const int MetadataStart = ReservedSize + (2 * GeometryArea);

    /// <summary>Bytes of a geometry.</summary>
    public const int GeometrySize = 52;

    /// <summary>LP_METADATA_MAJOR_VERSION.</summary>
    public const ushort MajorVersion = 10;

    /// <summary>LP_METADATA_MINOR_VERSION_MAX: the newest that is understood.</summary>
    public const ushort NewestMinorVersion = 2;

    /// <summary>LP_METADATA_VERSION_FOR_UPDATED_ATTR: the first with <see cref="LpAttributes.Updated"/> and <see cref="LpAttributes.Disabled"/>.</summary>
    public const ushort VersionOfUpdated = 1;

    /// <summary>LP_METADATA_VERSION_FOR_EXPANDED_HEADER: the first with flags in its header.</summary>
    public const ushort VersionOfExpandedHeader = 2;

    /// <summary>Bytes of a header of version 10.0 or 10.1.</summary>
    public const int HeaderSize = 128;

    /// <summary>Bytes of a header of version 10.2.</summary>
    public const int ExpandedHeaderSize = 256;

    /// <summary>Bytes of a checksum, which is a SHA-256.</summary>
    public const int ChecksumSize = 32;

    /// <summary>Where a geometry has its checksum.</summary>
    public const int GeometryChecksumOffset = 8;

    /// <summary>Where a header has its own checksum.</summary>
    public const int HeaderChecksumOffset = 12;

    /// <summary>Where a header has the checksum of the tables.</summary>
    public const int TablesChecksumOffset = 48;

    /// <summary>Where a header describes its tables, in this order: partitions, extents, groups, block devices.</summary>
    public const int TableDescriptorsOffset = 80;

    /// <summary>Bytes of a table's description.</summary>
    public const int TableDescriptorSize = 12;

    /// <summary>Bytes of an entry of the table of partitions.</summary>
    public const int PartitionSize = 52;

    /// <summary>Bytes of an entry of the table of extents.</summary>
    public const int ExtentSize = 24;

    /// <summary>Bytes of an entry of the table of groups.</summary>
    public const int GroupSize = 48;

    /// <summary>Bytes of an entry of the table of block devices.</summary>
    public const int BlockDeviceSize = 64;

    /// <summary>Bytes of a name; those after it are zero.</summary>
    public const int NameSize = 36;

    /// <summary>LP_TARGET_TYPE_LINEAR: the extent lies on a block device.</summary>
    public const uint TargetLinear = 0;

    /// <summary>LP_TARGET_TYPE_ZERO: the extent reads as zeros and lies nowhere.</summary>
    public const uint TargetZero = 1;

    /// <summary>Slots of which metadata is read: more than the letters that a slot's suffix has are no slots.</summary>
    public const uint MostSlots = 26;

    /// <summary>Bytes of memory for <see cref="LpMetadataReader"/> that the metadata of a few dozen partitions fits in.</summary>
    public const int UsualMemory = 8192;
}
