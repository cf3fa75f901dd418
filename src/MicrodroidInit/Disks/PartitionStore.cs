using System.Buffers.Binary;
using BootLoader.Blocks;

namespace MicrodroidInit.Disks;

/// <summary>An open partition in sectors. It is only read.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
public readonly struct PartitionStore<TSystem> : IBlockStore
    where TSystem : struct, ISystem
{
    private readonly int _descriptor;

    private PartitionStore(int descriptor, ulong sectorCount)
    {
        _descriptor = descriptor;
        SectorCount = sectorCount;
    }

    /// <inheritdoc/>
    public ulong SectorCount { get; }

    /// <summary>An open partition.</summary>
    /// <param name="descriptor">The partition.</param>
    /// <returns>The partition, empty when it does not tell its size.</returns>
    public static PartitionStore<TSystem> Of(int descriptor)
    {
        Span<byte> size = stackalloc byte[sizeof(ulong)];
        return TSystem.Control(descriptor, LinuxAbi.BLKGETSIZE64, size) < 0
            ? default
            : new PartitionStore<TSystem>(descriptor, BinaryPrimitives.ReadUInt64LittleEndian(size) / Sectors.Size);
    }

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes) =>
        Sectors.AreInside(SectorCount, sector, bytes.Length) &&
        PartitionReading.ReadWhole<TSystem>(_descriptor, bytes, sector * Sectors.Size) == bytes.Length;

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes) => false;

    /// <inheritdoc/>
    public bool Flush() => false;
}
