using System.Runtime.InteropServices;

namespace Virtio.Block;

/// <summary><c>struct virtio_blk_outhdr</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct BlockHeader
{
    internal const int Length = 16;

    internal readonly uint Type;
    internal readonly uint Priority;
    internal readonly ulong Sector;
}
