namespace Virtualization.Configuration;

/// <summary>A disk of a <see cref="VmConfigFile"/>: exactly one of <see cref="Image"/> and <see cref="Partitions"/>.</summary>
public sealed class DiskFile
{
    /// <summary>The path of an image.</summary>
    public string? Image { get; set; }

    /// <summary>Partitions that are put together.</summary>
    public IReadOnlyList<PartitionFile>? Partitions { get; set; }

    /// <summary>The guest may write it.</summary>
    public bool Writable { get; set; }
}
