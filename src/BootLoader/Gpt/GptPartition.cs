namespace BootLoader.Gpt;

/// <summary>A partition.</summary>
/// <param name="Name">Its label, of at most 36 UTF-16 units.</param>
/// <param name="FirstLba">Its first sector.</param>
/// <param name="LastLba">Its last sector.</param>
public sealed record GptPartition(string Name, ulong FirstLba, ulong LastLba)
{
    /// <summary>What it holds.</summary>
    public Guid Type { get; init; } = GptPartitionType.LinuxFilesystem;

    /// <summary>What tells it from all other partitions.</summary>
    public required Guid Id { get; init; }

    /// <summary>The attribute bits.</summary>
    public ulong Attributes { get; init; }
}
