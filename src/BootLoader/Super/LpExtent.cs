namespace BootLoader.Super;

/// <summary>A run of sectors of a logical partition.</summary>
/// <param name="isZero">Whether it reads as zeros and lies nowhere.</param>
/// <param name="first">Its first sector on the disk that has the metadata.</param>
/// <param name="count">Its sectors, at least 1.</param>
public readonly struct LpExtent(bool isZero, ulong first, ulong count)
{
    /// <summary>Whether it reads as zeros and lies nowhere (dm-zero); otherwise it is a part of the disk (dm-linear).</summary>
    public bool IsZero { get; } = isZero;

    /// <summary>Its first sector on the disk that has the metadata; 0 when it lies nowhere.</summary>
    public ulong First { get; } = first;

    /// <summary>Its sectors of 512 bytes, at least 1; all of them lie on the disk, behind the metadata.</summary>
    public ulong Count { get; } = count;
}
