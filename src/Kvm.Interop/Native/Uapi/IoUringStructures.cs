using System.Runtime.InteropServices;

namespace Kvm.Interop.Native.Uapi;

// Structures of linux/io_uring.h, with the members that are used here; names, order and widths are the header's.

[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct io_uring_sqe
{
    [FieldOffset(0)] internal byte opcode;
    [FieldOffset(1)] internal byte flags;
    [FieldOffset(2)] internal ushort ioprio;
    [FieldOffset(4)] internal int fd;
    [FieldOffset(8)] internal ulong off;
    [FieldOffset(16)] internal ulong addr;
    [FieldOffset(24)] internal uint len;
    [FieldOffset(28)] internal uint fsync_flags;
    [FieldOffset(28)] internal uint poll32_events;
    [FieldOffset(32)] internal ulong user_data;
}

internal struct io_uring_cqe
{
    internal ulong user_data;
    internal int res;
    internal uint flags;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct io_sqring_offsets
{
    [FieldOffset(0)] internal uint head;
    [FieldOffset(4)] internal uint tail;
    [FieldOffset(8)] internal uint ring_mask;
    [FieldOffset(12)] internal uint ring_entries;
    [FieldOffset(16)] internal uint flags;
    [FieldOffset(20)] internal uint dropped;
    [FieldOffset(24)] internal uint array;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct io_cqring_offsets
{
    [FieldOffset(0)] internal uint head;
    [FieldOffset(4)] internal uint tail;
    [FieldOffset(8)] internal uint ring_mask;
    [FieldOffset(12)] internal uint ring_entries;
    [FieldOffset(16)] internal uint overflow;
    [FieldOffset(20)] internal uint cqes;
}

[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct io_uring_params
{
    [FieldOffset(0)] internal uint sq_entries;
    [FieldOffset(4)] internal uint cq_entries;
    [FieldOffset(8)] internal uint flags;
    [FieldOffset(20)] internal uint features;
    [FieldOffset(40)] internal io_sqring_offsets sq_off;
    [FieldOffset(80)] internal io_cqring_offsets cq_off;
}
