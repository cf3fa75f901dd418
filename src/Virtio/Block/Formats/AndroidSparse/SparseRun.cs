namespace Virtio.Block.Formats.AndroidSparse;

/// <summary>A run of the disk that one chunk describes.</summary>
/// <param name="Start">Where it begins in the disk, in bytes.</param>
/// <param name="Type">A type of <see cref="SparseFormat"/>: raw, fill or don't care.</param>
/// <param name="Value">Raw: where its bytes begin in the file. Fill: the pattern.</param>
internal readonly record struct SparseRun(ulong Start, ushort Type, ulong Value)
{
    /// <summary>Whether it reads as zeros.</summary>
    public bool IsZero => Type == SparseFormat.CHUNK_TYPE_DONT_CARE || (Type == SparseFormat.CHUNK_TYPE_FILL && Value == 0);
}
