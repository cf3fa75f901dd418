using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>What a file or block device takes from its host: flushed, given back, zeroed. Results are 0 or an errno.</summary>
public static unsafe class FileSpace
{
    /// <summary>Makes written data durable (fdatasync(2)).</summary>
    public static int Flush(FileDescriptor file) => Result(Libc.DataSync(file));

    /// <summary>Gives a range of a file back; it reads as zeros, the size stays. On a block device the range is zeroed by the device or not at all.</summary>
    /// <returns>EOPNOTSUPP where the file system or device cannot.</returns>
    public static int PunchHole(FileDescriptor file, ulong offset, ulong length) =>
        Result(Libc.Allocate(file, DiskConstants.FALLOC_FL_PUNCH_HOLE | DiskConstants.FALLOC_FL_KEEP_SIZE, (long)offset, (long)length));

    /// <summary>Makes a range read as zeros with its space kept; the size stays.</summary>
    /// <returns>EOPNOTSUPP where the file system cannot.</returns>
    public static int Zero(FileDescriptor file, ulong offset, ulong length) =>
        Result(Libc.Allocate(file, DiskConstants.FALLOC_FL_ZERO_RANGE | DiskConstants.FALLOC_FL_KEEP_SIZE, (long)offset, (long)length));

    /// <summary>Tells a block device that the content of a range is not needed any more (BLKDISCARD).</summary>
    /// <returns>EOPNOTSUPP where the device cannot.</returns>
    public static int Discard(FileDescriptor blockDevice, ulong offset, ulong length)
    {
        ulong* range = stackalloc ulong[2] { offset, length };
        return Result(Libc.Ioctl(blockDevice, DiskConstants.BLKDISCARD, (nuint)range));
    }

    /// <summary>Sets a regular file's size (ftruncate(2)).</summary>
    public static int Resize(FileDescriptor file, ulong size) => Result(Libc.Truncate(file, (long)size));

    /// <summary>The size of a regular file or block device.</summary>
    /// <returns>Bytes, or a negative errno; -ESPIPE for a pipe or terminal.</returns>
    public static long Size(FileDescriptor file)
    {
        const int SeekEnd = 2;
        long result = Libc.lseek(file, 0, SeekEnd);
        return result < 0 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary>Whether the descriptor was opened for writing as well as reading.</summary>
    public static bool IsWritable(FileDescriptor file)
    {
        const int AccessModes = 3;
        return (Libc.fcntl(file, FileConstants.F_GETFL, 0) & AccessModes) == (int)OpenFlags.O_RDWR;
    }

    private static int Result(int result) => result < 0 ? Marshal.GetLastPInvokeError() : 0;
}
