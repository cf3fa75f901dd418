namespace BootLoader.Blocks;

/// <summary>The unit of <see cref="IBlockStore"/>.</summary>
public static class Sectors
{
    /// <summary>Bytes of a sector.</summary>
    public const int Size = 512;

    /// <summary>Whether whole sectors lie inside of a store.</summary>
    /// <param name="count">The store's sectors.</param>
    /// <param name="first">The first one.</param>
    /// <param name="bytes">Their length.</param>
    public static bool AreInside(ulong count, ulong first, int bytes) =>
        bytes >= 0 && bytes % Size == 0 && first <= count && (ulong)(bytes / Size) <= count - first;
}
