using Pvmfw.DeviceTree;
using Pvmfw.Disk;

namespace Pvmfw.Identity;

/// <summary>The instance image on a partition of a virtio disk.</summary>
/// <typeparam name="TPlatform">The machine that the disk driver needs.</typeparam>
public struct DiskInstanceStore<TPlatform> : IInstanceStore<DiskInstanceStore<TPlatform>>
    where TPlatform : struct, IDiskPlatform
{
    private InstancePartition<TPlatform> _partition;

    /// <inheritdoc/>
    public readonly ulong SectorCount => _partition.SectorCount;

    /// <inheritdoc/>
    static bool IInstanceStore<DiskInstanceStore<TPlatform>>.TryOpen(scoped in TreeFacts facts, bool isProtected, out DiskInstanceStore<TPlatform> store, out uint fault)
    {
        MemoryRange first = facts.PciFirst.Range, second = facts.PciSecond.Range;
        var windows = new PciWindows(facts.PciCam.Start, first.Start, first.Size, second.Start, second.Size);
        store = default;
        fault = (uint)InstanceDisk.TryOpen(windows, isProtected, out store._partition);
        return fault == (uint)DiskFault.None;
    }

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes) => _partition.Read(sector, bytes);

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes) => _partition.Write(sector, bytes);

    /// <inheritdoc/>
    public bool Flush() => _partition.Flush();

    /// <inheritdoc/>
    public bool TryClose() => _partition.Close() == DiskFault.None;
}
