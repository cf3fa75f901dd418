namespace Virtio.Block;

/// <summary>Something that stands in at most one <see cref="LinkedRow{T}"/> at a time.</summary>
internal interface ILinked<T>
    where T : class
{
    /// <summary>The next one of the row.</summary>
    T? Next { get; set; }
}
