using System.Runtime.InteropServices;

namespace Virtio.Block;

/// <summary><c>struct virtio_blk_discard_write_zeroes</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct BlockRange
{
    internal const int Length = 16;

    internal readonly ulong Sector;
    internal readonly uint SectorCount;
    internal readonly uint Flags;
}
