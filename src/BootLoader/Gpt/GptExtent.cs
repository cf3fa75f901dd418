namespace BootLoader.Gpt;

/// <summary>Where a partition lies.</summary>
/// <param name="first">Its first sector.</param>
/// <param name="count">Its sectors, at least 1.</param>
public readonly struct GptExtent(ulong first, ulong count)
{
    /// <summary>Its first sector.</summary>
    public ulong First { get; } = first;

    /// <summary>Its sectors, at least 1; all of them lie on the disk.</summary>
    public ulong Count { get; } = count;
}
