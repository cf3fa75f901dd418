using System.Diagnostics;
using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Sockets;

/// <summary>A Unix stream that passes descriptors (SOCK_STREAM, SCM_RIGHTS; unix(7)), to a peer that may be slow: every wait has an end.</summary>
public sealed unsafe class StreamSocket : FileDescriptor
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(10);

    private StreamSocket(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Connects to a listening socket.</summary>
    /// <param name="path">At most 107 bytes.</param>
    /// <param name="patience">How long to try where nobody listens yet, or too many others wait; zero tries once.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">ENOENT without such a file, ECONNREFUSED when nobody listens, EAGAIN when too many others wait.</exception>
    public static StreamSocket Connect(string path, TimeSpan patience)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        const int Type = LibcConstants.SOCK_STREAM | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
        StreamSocket socket = new(Libc.Check(Libc.socket(LibcConstants.AF_UNIX, Type, 0), "socket", path), path);
        long start = Stopwatch.GetTimestamp();
        while (Libc.connect(socket, &address, (uint)sizeof(sockaddr_un)) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.ENOENT or Errno.ECONNREFUSED or Errno.EAGAIN or Errno.EINTR) || Stopwatch.GetElapsedTime(start) >= patience)
            {
                socket.Dispose();
                throw new LinuxException("connect", path, errno);
            }

            Thread.Sleep(s_retry);
        }

        return socket;
    }

    /// <summary>Takes over a connection that the process was started with; it is made non-blocking.</summary>
    /// <exception cref="LinuxException">No such descriptor is open (EBADF).</exception>
    public static new StreamSocket FromNumber(int number)
    {
        using FileDescriptor inherited = FileDescriptor.FromNumber(number);
        inherited.SetNonBlocking(true);
        inherited.SetInheritable(false);
        StreamSocket socket = new(number, inherited.Name);
        inherited.SetHandleAsInvalid();
        return socket;
    }

    /// <summary>Makes two sockets that are connected to each other.</summary>
    /// <exception cref="LinuxException">The process has no descriptors left (EMFILE).</exception>
    public static (StreamSocket First, StreamSocket Second) CreatePair()
    {
        int* pair = stackalloc int[2];
        const int Type = LibcConstants.SOCK_STREAM | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
        Libc.Check(Libc.socketpair(LibcConstants.AF_UNIX, Type, 0, pair), "socketpair", "socket pair");
        return (new StreamSocket(pair[0], "socket pair"), new StreamSocket(pair[1], "socket pair"));
    }

    /// <summary>Sends bytes, with descriptors at the first of them.</summary>
    /// <param name="data">At least one byte.</param>
    /// <param name="descriptors">The receiver gets duplicates of these; at most <see cref="SeqPacketSocket.MaxDescriptors"/>.</param>
    /// <param name="patience">How long the peer may keep its buffer full.</param>
    /// <exception cref="TimeoutException">The peer did not read.</exception>
    /// <exception cref="LinuxException">EPIPE when the peer is gone; no SIGPIPE is raised.</exception>
    public void SendAll(ReadOnlySpan<byte> data, ReadOnlySpan<FileDescriptor> descriptors, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (!data.IsEmpty)
        {
            nint sent = Send(data, descriptors);
            if (sent >= 0)
            {
                data = data[(int)sent..];
                descriptors = [];
            }
            else if (Marshal.GetLastPInvokeError() != Errno.EAGAIN)
            {
                LinuxException.ThrowLast("sendmsg", Name);
            }
            else if (Libc.Check(Libc.Poll(this, EventConstants.POLLOUT, Remaining(start, patience)), "poll", this) == 0)
            {
                throw new TimeoutException($"{Name}: the other side has read nothing for {patience.TotalSeconds:0.#} s");
            }
        }
    }

    /// <summary>Receives as many bytes as asked for.</summary>
    /// <param name="buffer">Takes them.</param>
    /// <param name="patience">How long they may take to come, all together.</param>
    /// <param name="descriptors">Takes the descriptors that came with them; null: they are closed by the kernel.</param>
    /// <returns>False when the peer has closed before the last byte.</returns>
    /// <exception cref="TimeoutException">They did not come.</exception>
    /// <exception cref="LinuxException">ECONNRESET when the peer died.</exception>
    public bool TryReceiveAll(Span<byte> buffer, TimeSpan patience, ICollection<FileDescriptor>? descriptors = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!buffer.IsEmpty)
        {
            nint received = Receive(buffer, descriptors);
            if (received == 0)
            {
                return false;
            }

            if (received > 0)
            {
                buffer = buffer[(int)received..];
            }
            else if (Marshal.GetLastPInvokeError() != Errno.EAGAIN)
            {
                LinuxException.ThrowLast("recvmsg", Name);
            }
            else if (Libc.Check(Libc.Poll(this, EventConstants.POLLIN, Remaining(start, patience)), "poll", this) == 0)
            {
                throw new TimeoutException($"{Name}: no answer for {patience.TotalSeconds:0.#} s");
            }
        }

        return true;
    }

    private static int Remaining(long start, TimeSpan patience) =>
        (int)Math.Clamp((patience - Stopwatch.GetElapsedTime(start)).TotalMilliseconds, 0, int.MaxValue);

    private nint Send(ReadOnlySpan<byte> data, ReadOnlySpan<FileDescriptor> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, SeqPacketSocket.MaxDescriptors);
        // SAFETY: data is pinned for the call.
        fixed (byte* bytes = data)
        {
            iovec part = new() { iov_base = bytes, iov_len = (nuint)data.Length };
            msghdr message = new() { msg_iov = &part, msg_iovlen = 1 };
            return ControlMessage.Send(this, &message, descriptors);
        }
    }

    private nint Receive(Span<byte> buffer, ICollection<FileDescriptor>? descriptors)
    {
        byte* control = stackalloc byte[ControlMessage.Capacity];
        // SAFETY: the buffer is pinned for the call; control has the length that msg_controllen says.
        fixed (byte* bytes = buffer)
        {
            iovec part = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            msghdr message = new() { msg_iov = &part, msg_iovlen = 1 };
            if (descriptors is not null)
            {
                message.msg_control = control;
                message.msg_controllen = ControlMessage.Capacity;
            }

            nint length = Libc.ReceiveMessage(this, &message, LibcConstants.MSG_CMSG_CLOEXEC);
            if (length >= 0 && descriptors is not null)
            {
                foreach (FileDescriptor descriptor in ControlMessage.Read(control, message.msg_controllen, Name))
                {
                    descriptors.Add(descriptor);
                }
            }

            return length;
        }
    }
}
