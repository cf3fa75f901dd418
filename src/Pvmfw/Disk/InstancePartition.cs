using BootLoader.Blocks;
using BootLoader.Gpt;

namespace Pvmfw.Disk;

/// <summary>The partition of the instance image on the disk that has it. <see cref="Close"/> it before anything else uses disks.</summary>
public struct InstancePartition<TPlatform> : IBlockStore
    where TPlatform : struct, IDiskPlatform
{
    private readonly GptExtent _extent;
    private VirtioDisk<TPlatform> _disk;

    internal InstancePartition(VirtioDisk<TPlatform> disk, GptExtent extent)
    {
        _disk = disk;
        _extent = extent;
    }

    /// <summary>What has gone wrong with the disk: why a read or write said false.</summary>
    public readonly DiskFault Fault => _disk.Fault;

    /// <inheritdoc/>
    public readonly ulong SectorCount => _extent.Count;

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes) =>
        Sectors.AreInside(_extent.Count, sector, bytes.Length) && _disk.Read(_extent.First + sector, bytes);

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes) =>
        Sectors.AreInside(_extent.Count, sector, bytes.Length) && _disk.Write(_extent.First + sector, bytes);

    /// <inheritdoc/>
    public bool Flush() => _disk.Flush();

    /// <summary>Resets the device, wipes the pages and takes them back, and makes the registers unreachable.</summary>
    /// <returns>None; otherwise the guest must not be started: the device may still reach the pages.</returns>
    public DiskFault Close() => InstanceDisk.Release(ref _disk);
}
