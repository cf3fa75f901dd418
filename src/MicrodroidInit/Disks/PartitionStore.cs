using BootLoader.Blocks;

namespace MicrodroidInit.Disks;

/// <summary>An open partition in sectors. It is only read.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
public readonly struct PartitionStore<TSystem> : IBlockStore
    where TSystem : struct, ISystem
{
    private readonly int _descriptor;

    /// <summary>An open partition.</summary>
    /// <param name="descriptor">The partition.</param>
    /// <param name="sectorCount">Its sectors (<see cref="PartitionReading.CountSectors"/>).</param>
    public PartitionStore(int descriptor, ulong sectorCount)
    {
        _descriptor = descriptor;
        SectorCount = sectorCount;
    }

    /// <inheritdoc/>
    public ulong SectorCount { get; }

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes) =>
        Sectors.AreInside(SectorCount, sector, bytes.Length) &&
        PartitionReading.ReadWhole<TSystem>(_descriptor, bytes, sector * Sectors.Size) == bytes.Length;

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes) => false;

    /// <inheritdoc/>
    public bool Flush() => false;
}
