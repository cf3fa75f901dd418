using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>A disk whose first 4096 bytes lie in the file, for the engine, and whose others are reached by blocking calls, for a worker.</summary>
internal sealed class HalfDisk(IDisk inner) : WrappedDisk(inner)
{
    private const ulong Boundary = 4096;

    public override DiskExtent Locate(ulong offset, ulong length, bool forWrite) =>
        offset < Boundary ? base.Locate(offset, Math.Min(length, Boundary - offset), forWrite) : new DiskExtent(DiskExtentKind.Blocking, length);
}
