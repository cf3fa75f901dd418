namespace BootLoader.Super.Making;

/// <summary>A logical partition to lay out.</summary>
/// <param name="Name">Its name: up to 36 letters, digits and underscores.</param>
/// <param name="Size">Its bytes, rounded up to whole blocks; 0 for an empty one.</param>
public sealed record LogicalPartition(string Name, long Size)
{
    /// <summary>What it is; <see cref="LpAttributes.None"/> or <see cref="LpAttributes.Readonly"/>.</summary>
    public LpAttributes Attributes { get; init; }

    /// <summary>The group that it belongs to.</summary>
    public string Group { get; init; } = SuperImageBuilder.DefaultGroup;
}
