namespace BootLoader.Super.Making;

/// <summary>The layout of a disk with logical partitions.</summary>
/// <param name="Start">What it begins with: geometry and metadata, each with its copies.</param>
/// <param name="Size">Bytes of the disk. What is neither here nor a partition's is zeros.</param>
/// <param name="Offsets">Where each partition begins, in bytes, in the order in which they were added.</param>
public sealed record SuperImage(byte[] Start, long Size, IReadOnlyList<long> Offsets);
