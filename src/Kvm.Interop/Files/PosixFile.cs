using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>A file opened by path, with reads and writes at an offset.</summary>
/// <remarks>
/// Buffers may lie in guest memory: the kernel copies, so a page that the host may not touch gives EFAULT instead of a signal. Do not open
/// a file with O_DIRECT for that: pinning a private page of a protected VM destroys it.
/// </remarks>
public sealed class PosixFile : FileDescriptor
{
    private PosixFile(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>The file's size in bytes; 0 for a device or a pipe.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public long Length
    {
        get
        {
            Libc.Check(Libc.Statx(Number, "", FileConstants.AT_EMPTY_PATH, FileConstants.STATX_SIZE, out statx status), "statx", this);
            return (long)status.stx_size;
        }
    }

    /// <summary>Opens a path, closed on exec.</summary>
    /// <param name="path">The path as the user gave it.</param>
    /// <param name="flags">Access and creation flags.</param>
    /// <param name="mode">Permission bits of a created file, before the umask.</param>
    /// <exception cref="LinuxException">The path cannot be opened so.</exception>
    public static PosixFile Open(string path, OpenFlags flags, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        new(Libc.Check(Libc.Open(path, (int)(flags | OpenFlags.O_CLOEXEC), (uint)mode), "open", path), path);

    /// <summary>Takes over a descriptor that was opened by hand, so that the caller can explain a failure itself.</summary>
    internal static PosixFile FromOpen(int number, string path) => new(number, path);

    /// <summary>Reads at an offset in bytes; fewer than asked only at the end of the file.</summary>
    /// <exception cref="LinuxException">The kernel refused; EFAULT when the buffer is guest memory that the host may not touch.</exception>
    public int ReadAt(Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            nint result = ReadOnce(buffer[done..], offset + done);
            if (result == 0)
            {
                break;
            }

            done += (int)result;
        }

        return done;
    }

    /// <summary>Writes all bytes at an offset in bytes.</summary>
    /// <exception cref="LinuxException">The kernel refused; EFAULT when the buffer is guest memory that the host may not touch.</exception>
    public void WriteAt(ReadOnlySpan<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            done += (int)WriteOnce(buffer[done..], offset + done);
        }
    }

    /// <summary>Cuts the file or extends it with zeros.</summary>
    /// <param name="length">The new size in bytes.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetLength(long length) => Libc.Check(Libc.Truncate(this, length), "ftruncate", this);

    private unsafe nint ReadOnce(Span<byte> buffer, long offset)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (byte* pointer = buffer)
        {
            nint result = Libc.ReadAt(this, pointer, (nuint)buffer.Length, offset);
            if (result < 0)
            {
                LinuxException.ThrowLast("pread", Name);
            }

            return result;
        }
    }

    private unsafe nint WriteOnce(ReadOnlySpan<byte> buffer, long offset)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (byte* pointer = buffer)
        {
            nint result = Libc.WriteAt(this, pointer, (nuint)buffer.Length, offset);
            if (result < 0)
            {
                LinuxException.ThrowLast("pwrite", Name);
            }

            return result;
        }
    }
}
