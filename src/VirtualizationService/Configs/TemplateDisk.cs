namespace VirtualizationService.Configs;

/// <summary>A disk of a template: a file, or partitions.</summary>
public sealed record TemplateDisk
{
    /// <summary>The disk's file.</summary>
    public string? Image { get; init; }

    /// <summary>The partitions it is put together from.</summary>
    public IReadOnlyList<TemplatePartition> Partitions { get; init; } = [];

    /// <summary>Whether the guest may write the disk.</summary>
    public bool Writable { get; init; }
}
