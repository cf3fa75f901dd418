namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/io_uring.h and the numbers of its system calls (asm-generic/unistd.h), which all architectures share.</summary>
internal static class IoUringConstants
{
    internal const int __NR_io_uring_setup = 425;
    internal const int __NR_io_uring_enter = 426;
    internal const int __NR_io_uring_register = 427;

    internal const uint IORING_SETUP_CQSIZE = 1U << 3;
    internal const uint IORING_SETUP_CLAMP = 1U << 4;
    internal const uint IORING_SETUP_R_DISABLED = 1U << 6;
    internal const uint IORING_SETUP_SUBMIT_ALL = 1U << 7;
    internal const uint IORING_SETUP_COOP_TASKRUN = 1U << 8;
    internal const uint IORING_SETUP_SINGLE_ISSUER = 1U << 12;
    internal const uint IORING_SETUP_DEFER_TASKRUN = 1U << 13;

    internal const uint IORING_FEAT_SINGLE_MMAP = 1U << 0;
    internal const uint IORING_FEAT_NODROP = 1U << 1;
    internal const uint IORING_FEAT_SUBMIT_STABLE = 1U << 2;
    internal const uint IORING_FEAT_RSRC_TAGS = 1U << 10;

    internal const ulong IORING_OFF_SQ_RING = 0;
    internal const ulong IORING_OFF_SQES = 0x10000000;

    internal const uint IORING_ENTER_GETEVENTS = 1U << 0;
    internal const uint IORING_REGISTER_ENABLE_RINGS = 12;

    internal const byte IORING_OP_READV = 1;
    internal const byte IORING_OP_WRITEV = 2;
    internal const byte IORING_OP_FSYNC = 3;
    internal const byte IORING_OP_POLL_ADD = 6;
    internal const byte IORING_OP_ASYNC_CANCEL = 14;
    internal const byte IORING_OP_READ = 22;
    internal const byte IORING_OP_WRITE = 23;
    internal const uint IORING_FSYNC_DATASYNC = 1U << 0;
    internal const uint IORING_POLL_ADD_MULTI = 1U << 0;
    internal const uint IORING_CQE_F_MORE = 1U << 1;
}
