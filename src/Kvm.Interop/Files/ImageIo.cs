using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>Input and output on the files of disk images. Errors are numbers and not exceptions: it is the guest that is told of them.</summary>
/// <remarks>The kernel copies, so a vector in guest memory that the host may not touch gives EFAULT and no signal.</remarks>
public static unsafe class ImageIo
{
    /// <summary>Reads once at an offset, perhaps fewer bytes than the vectors have (preadv(2)).</summary>
    /// <returns>Bytes read, 0 at the end of the file, or a negative errno.</returns>
    public static nint Read(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (IoVector* pointer = vectors)
        {
            return Result(Libc.ReadVectors(file, pointer, vectors.Length, unchecked((long)offset)));
        }
    }

    /// <summary>Writes once at an offset, perhaps fewer bytes than the vectors have (pwritev(2)).</summary>
    /// <returns>Bytes written, or a negative errno.</returns>
    public static nint Write(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (IoVector* pointer = vectors)
        {
            return Result(Libc.WriteVectors(file, pointer, vectors.Length, unchecked((long)offset)));
        }
    }

    /// <summary>Reads all bytes of a buffer.</summary>
    /// <returns>0 or an errno; EIO where the file ends before.</returns>
    public static int ReadAll(FileDescriptor file, Span<byte> buffer, ulong offset)
    {
        // SAFETY: the span is pinned while its bytes are read into.
        fixed (byte* pointer = buffer)
        {
            for (nint done = 0; done < buffer.Length;)
            {
                nint result = Read(file, [new IoVector(pointer + done, (nuint)(buffer.Length - done))], offset + (ulong)done);
                if (result <= 0)
                {
                    return result == 0 ? Errno.EIO : (int)-result;
                }

                done += result;
            }
        }

        return 0;
    }

    /// <summary>Writes all bytes of a buffer.</summary>
    /// <returns>0 or an errno.</returns>
    public static int WriteAll(FileDescriptor file, ReadOnlySpan<byte> buffer, ulong offset)
    {
        // SAFETY: the span is pinned while its bytes are written.
        fixed (byte* pointer = buffer)
        {
            for (nint done = 0; done < buffer.Length;)
            {
                nint result = Write(file, [new IoVector(pointer + done, (nuint)(buffer.Length - done))], offset + (ulong)done);
                if (result <= 0)
                {
                    return result == 0 ? Errno.EIO : (int)-result;
                }

                done += result;
            }
        }

        return 0;
    }

    /// <summary>Gives a range of a file back, or sets it to zeros (fallocate(2)).</summary>
    /// <returns>0 or an errno; EOPNOTSUPP where the file system cannot.</returns>
    public static int Allocate(FileDescriptor file, FallocateMode mode, ulong offset, ulong length) =>
        Error(Libc.Allocate(file, (int)mode, unchecked((long)offset), unchecked((long)length)));

    /// <summary>Makes the file's content and size durable (fdatasync(2)).</summary>
    /// <returns>0 or an errno.</returns>
    public static int SyncData(FileDescriptor file) => Error(Libc.SyncData(file));

    /// <summary>Cuts the file or extends it with zeros (ftruncate(2)).</summary>
    /// <returns>0 or an errno.</returns>
    public static int SetLength(FileDescriptor file, ulong length) => Error(Libc.Truncate(file, unchecked((long)length)));

    /// <summary>The size of a regular file or block device.</summary>
    /// <returns>Bytes, or a negative errno; -ESPIPE for a pipe or terminal.</returns>
    public static long Length(FileDescriptor file)
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

    private static nint Result(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    private static int Error(int result) => result < 0 ? Marshal.GetLastPInvokeError() : 0;
}
