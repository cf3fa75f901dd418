namespace Virtio.Block.Formats.Qcow2;

/// <summary>What an L2 entry says of its cluster.</summary>
internal enum Qcow2EntryKind
{
    /// <summary>Its content is that of the backing file, or zeros.</summary>
    Unallocated,

    /// <summary>Zeros, without a place in the file.</summary>
    ZeroPlain,

    /// <summary>Zeros, with a place in the file kept for it.</summary>
    ZeroAllocated,

    /// <summary>A cluster of the file.</summary>
    Normal,

    /// <summary>Compressed bytes somewhere in the file.</summary>
    Compressed,

    /// <summary>Nothing that the format knows.</summary>
    Invalid,
}
