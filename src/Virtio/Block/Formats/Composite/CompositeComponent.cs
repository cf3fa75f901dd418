namespace Virtio.Block.Formats.Composite;

/// <summary>One component of a composite disk.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Offset">Where it begins in the disk, in bytes.</param>
/// <param name="Length">Bytes; at least 1.</param>
/// <param name="FileOffset">Where its content begins in the file.</param>
/// <param name="IsWritable">Whether the guest may write it.</param>
internal sealed record CompositeComponent(string Path, ulong Offset, ulong Length, ulong FileOffset, bool IsWritable)
{
    /// <summary>The byte behind its last one in the disk.</summary>
    public ulong End => Offset + Length;
}
