namespace BootLoader.Super;

/// <summary>Why logical-partition metadata, or a partition in it, cannot be used.</summary>
public enum LpFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The disk did not read a sector.</summary>
    DiskFailed,

    /// <summary>The disk is too small for the metadata that its geometry speaks of, or for any.</summary>
    TooSmall,

    /// <summary>There is no geometry.</summary>
    NoGeometry,

    /// <summary>The checksum of the geometry does not match.</summary>
    BadGeometryChecksum,

    /// <summary>The geometry has another size, no slots or too many, or sizes that are no whole sectors.</summary>
    BadGeometry,

    /// <summary>The geometry has no such slot.</summary>
    NoSlot,

    /// <summary>A slot's metadata does not begin with a header.</summary>
    NoHeader,

    /// <summary>The metadata is of a version that is not understood.</summary>
    BadVersion,

    /// <summary>The header has not the size that its version has.</summary>
    BadHeaderSize,

    /// <summary>The checksum of the header does not match.</summary>
    BadHeaderChecksum,

    /// <summary>The tables are larger than the room for them, lie outside of it, or have entries of another size.</summary>
    BadTables,

    /// <summary>The metadata is larger than the memory that the caller has for it.</summary>
    TooLarge,

    /// <summary>The checksum of the tables does not match.</summary>
    BadTablesChecksum,

    /// <summary>There is not exactly one block device: other devices than this one are not supported.</summary>
    SeveralDevices,

    /// <summary>The block device begins within the metadata, or is larger than the disk.</summary>
    BadDevice,

    /// <summary>A partition has a name that is none, unknown attributes, or extents or a group that are not there.</summary>
    BadPartition,

    /// <summary>An extent is empty, of an unknown type, or lies outside of the block device.</summary>
    BadExtent,

    /// <summary>No partition has the name.</summary>
    NotFound,

    /// <summary>Two partitions have the name.</summary>
    Ambiguous,

    /// <summary>The partition is not to be used.</summary>
    Disabled,
}
