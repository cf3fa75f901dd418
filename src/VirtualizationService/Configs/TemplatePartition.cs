namespace VirtualizationService.Configs;

/// <summary>A partition of a template's disk.</summary>
public sealed record TemplatePartition
{
    /// <summary>Its name in the partition table.</summary>
    public required string Label { get; init; }

    /// <summary>Its image.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the guest may write it.</summary>
    public bool Writable { get; init; }

    /// <summary>Its GUID; null for a random one.</summary>
    public string? Guid { get; init; }
}
