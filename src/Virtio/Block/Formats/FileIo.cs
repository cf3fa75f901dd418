using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>Moves the next bytes of a request between its vectors and a file; results are 0 or an errno.</summary>
internal static class FileIo
{
    private const int ZeroBufferSize = 64 * 1024;

    private static readonly byte[] s_zeros = new byte[ZeroBufferSize];

    /// <summary>Reads so many bytes of a file; EIO where it ends before.</summary>
    public static int Read(FileDescriptor file, ref VectorCursor cursor, ulong offset, ulong length)
    {
        Span<IoVector> pieces = stackalloc IoVector[VectorCursor.Batch];
        while (length > 0)
        {
            int count = cursor.Peek(pieces, length, out _);
            nint done = FileTransfer.Read(file, pieces[..count], offset);
            if (done <= 0)
            {
                return done == 0 ? Errno.EIO : (int)-done;
            }

            cursor.Advance((ulong)done);
            offset += (ulong)done;
            length -= (ulong)done;
        }

        return 0;
    }

    /// <summary>Writes so many bytes to a file.</summary>
    public static int Write(FileDescriptor file, ref VectorCursor cursor, ulong offset, ulong length)
    {
        Span<IoVector> pieces = stackalloc IoVector[VectorCursor.Batch];
        while (length > 0)
        {
            int count = cursor.Peek(pieces, length, out _);
            nint done = FileTransfer.Write(file, pieces[..count], offset);
            if (done <= 0)
            {
                return done == 0 ? Errno.EIO : (int)-done;
            }

            cursor.Advance((ulong)done);
            offset += (ulong)done;
            length -= (ulong)done;
        }

        return 0;
    }

    /// <summary>Reads so many bytes of another disk.</summary>
    public static int Read(IDisk disk, ref VectorCursor cursor, ulong offset, ulong length)
    {
        Span<IoVector> pieces = stackalloc IoVector[VectorCursor.Batch];
        while (length > 0)
        {
            int count = cursor.Peek(pieces, length, out ulong bytes);
            int error = disk.Read(pieces[..count], offset);
            if (error != 0)
            {
                return error;
            }

            cursor.Advance(bytes);
            offset += bytes;
            length -= bytes;
        }

        return 0;
    }

    /// <summary>Makes a range of a file read as zeros, without changing the file's size.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="mayUnmap">The place may be given back.</param>
    public static int WriteZeroes(FileDescriptor file, ulong offset, ulong length, bool mayUnmap)
    {
        int error = mayUnmap ? FileSpace.PunchHole(file, offset, length) : FileSpace.Zero(file, offset, length);
        while (error is Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ENODEV && length > 0)
        {
            int step = (int)Math.Min(length, ZeroBufferSize);
            int failure = FileTransfer.WriteAll(file, s_zeros.AsSpan(0, step), offset);
            if (failure != 0)
            {
                return failure;
            }

            offset += (ulong)step;
            length -= (ulong)step;
            error = length == 0 ? 0 : error;
        }

        return error;
    }

    /// <summary>Gives a range of a file back where the file system can.</summary>
    public static int Discard(FileDescriptor file, ulong offset, ulong length)
    {
        int error = FileSpace.PunchHole(file, offset, length);
        return error is Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ENODEV ? 0 : error;
    }
}
