namespace VirtualizationService.Configs;

/// <summary>A disk of a template: a file, or partitions.</summary>
public sealed record TemplateDisk
{
    // Settable, not init: the JSON generator would overwrite the defaults of init-only members that the file does not have.

    /// <summary>The disk's file.</summary>
    public string? Image { get; set; }

    /// <summary>The partitions it is put together from.</summary>
    public IReadOnlyList<TemplatePartition> Partitions { get; set; } = [];

    /// <summary>Whether the guest may write the disk.</summary>
    public bool Writable { get; set; }
}
