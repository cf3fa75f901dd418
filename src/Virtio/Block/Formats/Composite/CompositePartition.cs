namespace Virtio.Block.Formats.Composite;

/// <summary>A partition of a composite disk that is to be made.</summary>
/// <param name="Label">Its name in the partition table.</param>
/// <param name="Path">Its raw image: absolute, or relative to the process's directory.</param>
/// <param name="IsWritable">Whether the guest may write it.</param>
/// <param name="Id">Its GUID.</param>
public sealed record CompositePartition(string Label, string Path, bool IsWritable, Guid Id);
