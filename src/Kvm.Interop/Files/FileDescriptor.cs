using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;
using Microsoft.Win32.SafeHandles;

namespace Kvm.Interop.Files;

/// <summary>An open file descriptor, closed when it is disposed, with the name that errors give it.</summary>
public class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>What <see cref="Read"/> and <see cref="Write"/> return where a non-blocking descriptor would have to wait (EAGAIN).</summary>
    public const int WouldBlock = -1;

    /// <summary>Takes a descriptor over.</summary>
    /// <param name="number">The open descriptor.</param>
    /// <param name="name">What it is to the user: a path, <c>eventfd</c>, <c>VM</c>.</param>
    /// <param name="ownsHandle">Whether disposing closes it.</param>
    public FileDescriptor(int number, string name, bool ownsHandle = true)
        : base(ownsHandle)
    {
        Name = name;
        SetHandle(number);
    }

    /// <summary>The process's standard input; disposing it closes nothing.</summary>
    public static FileDescriptor StandardInput { get; } = new(0, "standard input", ownsHandle: false);

    /// <summary>The process's standard output; disposing it closes nothing.</summary>
    public static FileDescriptor StandardOutput { get; } = new(1, "standard output", ownsHandle: false);

    /// <summary>What the descriptor is to the user.</summary>
    public string Name { get; }

    /// <summary>The number, for structures that carry descriptors; valid only while a reference to this object is held.</summary>
    internal int Number => (int)handle;

    /// <summary>Takes over a descriptor that the process was started with, as in <c>/proc/self/fd/N</c>.</summary>
    /// <exception cref="LinuxException">No such descriptor is open (EBADF).</exception>
    public static FileDescriptor FromNumber(int number)
    {
        FileDescriptor descriptor = new(number, $"/proc/self/fd/{number}", ownsHandle: number > 2);
        if (Libc.fcntl(descriptor, FileConstants.F_GETFD, 0) < 0)
        {
            descriptor.SetHandleAsInvalid();
            LinuxException.ThrowLast("fcntl", descriptor.Name);
        }

        return descriptor;
    }

    /// <summary>A second descriptor of the same open file, closed on exec.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public FileDescriptor Duplicate() =>
        new(Libc.Check(Libc.fcntl(this, FileConstants.F_DUPFD_CLOEXEC, 0), "fcntl", this), Name);

    /// <summary>Makes reads and writes return <see cref="WouldBlock"/> instead of waiting. The flag belongs to the open file, so to its other descriptors too.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetNonBlocking(bool nonBlocking)
    {
        int flags = Libc.Check(Libc.fcntl(this, FileConstants.F_GETFL, 0), "fcntl", this);
        flags = nonBlocking ? flags | FileConstants.O_NONBLOCK : flags & ~FileConstants.O_NONBLOCK;
        Libc.Check(Libc.fcntl(this, FileConstants.F_SETFL, flags), "fcntl", this);
    }

    /// <summary>Decides whether a program that this process starts inherits the descriptor under the same number.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetInheritable(bool inheritable) =>
        Libc.Check(Libc.fcntl(this, FileConstants.F_SETFD, inheritable ? 0 : FileConstants.FD_CLOEXEC), "fcntl", this);

    /// <summary>Waits until a read would not block (data, end of file, or an error to report).</summary>
    /// <param name="timeoutMilliseconds">How long to wait; negative for ever.</param>
    /// <returns>False when the time passed.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public bool WaitReadable(int timeoutMilliseconds) =>
        Libc.Check(Libc.Poll(this, EventConstants.POLLIN, timeoutMilliseconds), "poll", this) > 0;

    /// <summary>Reads at the file position.</summary>
    /// <returns>The number of bytes, 0 at the end of the file, or <see cref="WouldBlock"/>.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe int Read(Span<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (byte* pointer = buffer)
        {
            return Transferred(Libc.Read(this, pointer, (nuint)buffer.Length), "read");
        }
    }

    /// <summary>Writes at the file position, perhaps only a part.</summary>
    /// <returns>The number of bytes, or <see cref="WouldBlock"/>.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe int Write(ReadOnlySpan<byte> buffer)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (byte* pointer = buffer)
        {
            return Transferred(Libc.Write(this, pointer, (nuint)buffer.Length), "write");
        }
    }

    /// <summary>Writes pieces at the file position, perhaps only a part; they may lie in guest memory, for the kernel copies.</summary>
    /// <returns>The number of bytes, or <see cref="WouldBlock"/>.</returns>
    /// <exception cref="LinuxException">The kernel refused; EFAULT when the first piece is guest memory that the host may not touch.</exception>
    public unsafe int WriteVectors(ReadOnlySpan<IoVector> pieces)
    {
        // SAFETY: the span is pinned for the call and bounds the count.
        fixed (IoVector* vectors = pieces)
        {
            return Transferred(Libc.WriteVectors(this, vectors, pieces.Length), "writev");
        }
    }

    /// <summary>Writes everything, waiting as long as the other side needs, whether or not the descriptor is non-blocking.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void WriteAll(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int written = Write(buffer);
            if (written == WouldBlock)
            {
                Libc.Check(Libc.Poll(this, EventConstants.POLLOUT, -1), "poll", this);
                continue;
            }

            buffer = buffer[written..];
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;

    private int Transferred(nint result, string call)
    {
        if (result < 0)
        {
            if (Marshal.GetLastPInvokeError() == Errno.EAGAIN)
            {
                return WouldBlock;
            }

            LinuxException.ThrowLast(call, Name);
        }

        return (int)result;
    }
}
