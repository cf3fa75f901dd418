namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/fs.h, linux/falloc.h, linux/magic.h and asm-generic/fcntl.h for files that are disks.</summary>
internal static class DiskConstants
{
    internal const uint BLKGETSIZE64 = 0x80081272;
    internal const uint BLKSSZGET = 0x1268;
    internal const uint BLKDISCARD = 0x1277;

    internal const int FALLOC_FL_KEEP_SIZE = 0x01;
    internal const int FALLOC_FL_PUNCH_HOLE = 0x02;
    internal const int FALLOC_FL_ZERO_RANGE = 0x10;

    internal const long TMPFS_MAGIC = 0x01021994;

    internal const int LOCK_SH = 1;
    internal const int LOCK_EX = 2;
    internal const int LOCK_NB = 4;

    internal const int RWF_NOWAIT = 0x8;
}
