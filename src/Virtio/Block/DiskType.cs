namespace Virtio.Block;

/// <summary>Formats of disk files.</summary>
public enum DiskType
{
    /// <summary>The file's bytes are the disk's.</summary>
    Raw,

    /// <summary>Partitions that are files of their own (<c>composite_disk</c>).</summary>
    Composite,

    /// <summary>Android sparse image.</summary>
    Sparse,

    /// <summary>QEMU copy-on-write, version 2 and 3.</summary>
    Qcow2,
}
