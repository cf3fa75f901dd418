namespace Virtio.Block.Formats.Qcow2;

/// <summary>The kinds of <see cref="Qcow2Mapping"/>.</summary>
internal enum Qcow2MappingKind
{
    /// <summary>Bytes of the file.</summary>
    File,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>The content of the backing file.</summary>
    Unallocated,

    /// <summary>A table must be read, a cluster taken, or bytes decompressed.</summary>
    Slow,
}
