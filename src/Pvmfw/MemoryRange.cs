namespace Pvmfw;

/// <summary>A range of guest physical addresses. Its end never wraps: <see cref="TryMake"/> is the way from numbers that the host gave.</summary>
public readonly struct MemoryRange
{
    private MemoryRange(ulong start, ulong size)
    {
        Start = start;
        Size = size;
    }

    /// <summary>The first address.</summary>
    public ulong Start { get; }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    /// <summary>The first address behind it.</summary>
    public ulong End => Start + Size;

    /// <summary>Makes a range unless it is empty or its end wraps.</summary>
    public static bool TryMake(ulong start, ulong size, out MemoryRange range)
    {
        range = new MemoryRange(start, size);
        return size != 0 && size <= ulong.MaxValue - start;
    }

    /// <summary>A range of constants, which the caller knows not to wrap.</summary>
    public static MemoryRange OfConstants(ulong start, ulong size) => new(start, size);

    /// <summary>Whether all of <paramref name="other"/> lies in this one.</summary>
    public bool Contains(MemoryRange other) => other.Start >= Start && other.End <= End;

    /// <summary>Whether the two share a byte.</summary>
    public bool Overlaps(MemoryRange other) => Start < other.End && other.Start < End;
}
