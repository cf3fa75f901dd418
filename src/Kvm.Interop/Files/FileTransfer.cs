using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>Reads and writes of scattered buffers at an offset, with the result as a number: nothing throws and nothing is allocated.</summary>
/// <remarks>
/// The kernel copies (unless the file was opened with O_DIRECT), so buffers may lie in guest memory: a page that the host may not touch gives
/// EFAULT.
/// </remarks>
public static unsafe class FileTransfer
{
    /// <summary>The most vectors of one call (IOV_MAX).</summary>
    public const int MaxVectors = 1024;

    /// <summary>Reads once.</summary>
    /// <returns>The bytes read, 0 at the end of the file, or a negative errno.</returns>
    public static nint Read(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        // SAFETY: the vectors are pinned for the call; who made them answers for what they point to.
        fixed (IoVector* first = vectors)
        {
            return Result(Libc.ReadVectors(file, first, vectors.Length, (long)offset));
        }
    }

    /// <summary>Writes once, perhaps only a part.</summary>
    /// <returns>The bytes written, or a negative errno.</returns>
    public static nint Write(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        // SAFETY: as in Read.
        fixed (IoVector* first = vectors)
        {
            return Result(Libc.WriteVectors(file, first, vectors.Length, (long)offset));
        }
    }

    /// <summary>Writes once, as much as goes without waiting (RWF_NOWAIT, pwritev2(2)).</summary>
    /// <returns>The bytes written, or a negative errno: EAGAIN where it would wait, EOPNOTSUPP where the file system has no such writes.</returns>
    public static nint WriteNow(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        // SAFETY: as in Read.
        fixed (IoVector* first = vectors)
        {
            return Result(Libc.WriteVectors(file, first, vectors.Length, (long)offset, DiskConstants.RWF_NOWAIT));
        }
    }

    /// <summary>Reads all bytes of at most <see cref="MaxVectors"/> vectors.</summary>
    /// <returns>0 or an errno; EIO where the file ends before.</returns>
    public static int ReadAll(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset) => TransferAll(file, vectors, offset, write: false);

    /// <summary>Writes all bytes of at most <see cref="MaxVectors"/> vectors.</summary>
    /// <returns>0 or an errno.</returns>
    public static int WriteAll(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset) => TransferAll(file, vectors, offset, write: true);

    /// <summary>Reads all bytes of a buffer.</summary>
    /// <returns>0 or an errno; EIO where the file ends before.</returns>
    public static int ReadAll(FileDescriptor file, Span<byte> buffer, ulong offset)
    {
        // SAFETY: the span is pinned while its bytes are read into.
        fixed (byte* start = buffer)
        {
            return buffer.IsEmpty ? 0 : ReadAll(file, [new IoVector(start, (nuint)buffer.Length)], offset);
        }
    }

    /// <summary>Writes all bytes of a buffer.</summary>
    /// <returns>0 or an errno.</returns>
    public static int WriteAll(FileDescriptor file, ReadOnlySpan<byte> buffer, ulong offset)
    {
        // SAFETY: the span is pinned while its bytes are written.
        fixed (byte* start = buffer)
        {
            return buffer.IsEmpty ? 0 : WriteAll(file, [new IoVector(start, (nuint)buffer.Length)], offset);
        }
    }

    private static int TransferAll(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset, bool write)
    {
        nint done = write ? Write(file, vectors, offset) : Read(file, vectors, offset);
        return done >= 0 && (nuint)done == Sum(vectors) ? 0 : done < 0 ? (int)-done : Continue(file, vectors, offset, done, write);
    }

    private static int Continue(FileDescriptor file, ReadOnlySpan<IoVector> vectors, ulong offset, nint done, bool write)
    {
        Span<IoVector> rest = stackalloc IoVector[MaxVectors];
        vectors.CopyTo(rest);
        rest = rest[..vectors.Length];
        while (true)
        {
            rest = Skip(rest, (nuint)done);
            if (rest.IsEmpty)
            {
                return 0;
            }

            if (done == 0)
            {
                return Errno.EIO;
            }

            offset += (ulong)done;
            done = write ? Write(file, rest, offset) : Read(file, rest, offset);
            if (done < 0)
            {
                return (int)-done;
            }
        }
    }

    private static Span<IoVector> Skip(Span<IoVector> vectors, nuint bytes)
    {
        while (!vectors.IsEmpty && bytes >= vectors[0].Length)
        {
            bytes -= vectors[0].Length;
            vectors = vectors[1..];
        }

        if (bytes > 0)
        {
            vectors[0] = new IoVector(vectors[0].Start + bytes, vectors[0].Length - bytes);
        }

        return vectors;
    }

    private static nuint Sum(ReadOnlySpan<IoVector> vectors)
    {
        nuint sum = 0;
        foreach (IoVector vector in vectors)
        {
            sum += vector.Length;
        }

        return sum;
    }

    private static nint Result(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;
}
