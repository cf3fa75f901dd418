namespace Virtio.Block;

/// <summary>What a <see cref="BlockPart"/> does.</summary>
internal enum BlockPartKind
{
    /// <summary>Read from a file.</summary>
    FileRead,

    /// <summary>Write to a file.</summary>
    FileWrite,

    /// <summary>Flush a file.</summary>
    FileFlush,

    /// <summary>Read through the disk.</summary>
    DiskRead,

    /// <summary>Write through the disk.</summary>
    DiskWrite,

    /// <summary>Flush the disk.</summary>
    DiskFlush,

    /// <summary>Give ranges back.</summary>
    Discard,

    /// <summary>Zero ranges.</summary>
    WriteZeroes,

    /// <summary>Change the disk's size.</summary>
    Resize,
}
