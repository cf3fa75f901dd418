namespace BootLoader.Super;

/// <summary>A logical partition.</summary>
public readonly struct LpPartition
{
    internal LpPartition(int index, LpAttributes attributes, int firstExtent, int extentCount, int group, ulong sectorCount)
    {
        Index = index;
        Attributes = attributes;
        FirstExtent = firstExtent;
        ExtentCount = extentCount;
        Group = group;
        SectorCount = sectorCount;
    }

    /// <summary>Its entry in the table.</summary>
    public int Index { get; }

    /// <summary>What it is.</summary>
    public LpAttributes Attributes { get; }

    /// <summary>Its extents, which follow each other without a gap; none when the partition is empty.</summary>
    public int ExtentCount { get; }

    /// <summary>The group that it belongs to, by its place in the table.</summary>
    public int Group { get; }

    /// <summary>The sectors of all extents.</summary>
    public ulong SectorCount { get; }

    internal int FirstExtent { get; }
}
