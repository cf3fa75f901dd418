using System.Diagnostics;
using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Sockets;

/// <summary>A connected stream of Unix or AF_VSOCK, for a thread that waits for its peer; <see cref="ShutDown"/> from another thread ends the wait.</summary>
/// <remarks>Calls that move data return what they moved, or the error number below zero, and allocate nothing unless descriptors come.</remarks>
public sealed unsafe class StreamConnection : FileDescriptor
{
    /// <summary>The most descriptors that one message carries (SCM_MAX_FD).</summary>
    public const int MaxDescriptors = ControlMessage.LargestCount;

    private const int Type = LibcConstants.SOCK_STREAM | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(5);

    internal StreamConnection(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Connects to a Unix socket.</summary>
    /// <param name="path">At most 107 bytes.</param>
    /// <param name="patience">How long others may be waiting to be accepted; null for ever.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">ENOENT without such a file, ECONNREFUSED when nobody listens.</exception>
    /// <exception cref="TimeoutException">The listener accepts nobody.</exception>
    public static StreamConnection ConnectUnix(string path, TimeSpan? patience = null)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        StreamConnection socket = new(Libc.Check(Libc.socket(LibcConstants.AF_UNIX, Type, 0), "socket", path), path);
        try
        {
            long start = Stopwatch.GetTimestamp();
            // A Unix socket never says EINPROGRESS: where too many wait already it says EAGAIN, and nothing tells when there is room.
            while (Libc.connect(socket, &address, (uint)sizeof(sockaddr_un)) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno is not (Errno.EAGAIN or Errno.EINTR))
                {
                    LinuxException.ThrowLast("connect", path);
                }

                if (Stopwatch.GetElapsedTime(start) >= patience)
                {
                    throw Late(path, patience);
                }

                Thread.Sleep(s_retry);
            }

            socket.SetNonBlocking(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a port of AF_VSOCK.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="patience">How long the peer may take; null leaves it to the kernel (2 s).</param>
    /// <exception cref="LinuxException">ENODEV without such a machine, ECONNRESET when nobody listens, ETIMEDOUT when it does not answer.</exception>
    /// <exception cref="TimeoutException">It took longer than allowed.</exception>
    public static StreamConnection ConnectVsock(VsockAddress address, TimeSpan? patience = null)
    {
        sockaddr_vm native = address.ToNative();
        string name = address.ToString();
        StreamConnection socket = new(Libc.Check(Libc.socket(LibcConstants.AF_VSOCK, Type, 0), "socket", name), name);
        try
        {
            if (Libc.connect(socket, &native, (uint)sizeof(sockaddr_vm)) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                // An interrupted connect goes on by itself, as one in progress does.
                if (errno is not (Errno.EINPROGRESS or Errno.EINTR))
                {
                    throw new LinuxException("connect", name, errno);
                }

                int wait = patience is { } limit ? (int)Math.Clamp(limit.TotalMilliseconds, 0, int.MaxValue) : -1;
                if (Libc.Check(Libc.Poll(socket, EventConstants.POLLOUT, wait), "poll", socket) == 0)
                {
                    throw Late(name, patience);
                }

                int error = 0;
                uint length = sizeof(int);
                Libc.Check(Libc.getsockopt(socket, LibcConstants.SOL_SOCKET, LibcConstants.SO_ERROR, &error, &length), "getsockopt(SO_ERROR)", socket);
                if (error != 0)
                {
                    throw new LinuxException("connect", name, error);
                }
            }

            socket.SetNonBlocking(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a stream that is connected already, and makes it blocking.</summary>
    /// <param name="socket">Disposed, whatever becomes of it.</param>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public static StreamConnection FromDescriptor(FileDescriptor socket)
    {
        if (socket is StreamConnection connection)
        {
            return connection;
        }

        using (socket)
        {
            FileDescriptor duplicate = socket.Duplicate();
            connection = new StreamConnection(duplicate.Number, socket.Name);
            duplicate.SetHandleAsInvalid();
            connection.SetNonBlocking(false);
            return connection;
        }
    }

    /// <summary>Makes two Unix sockets that are connected to each other.</summary>
    /// <exception cref="LinuxException">The process has no descriptors left (EMFILE).</exception>
    public static (StreamConnection First, StreamConnection Second) CreatePair()
    {
        int* pair = stackalloc int[2];
        const int Blocking = LibcConstants.SOCK_STREAM | LibcConstants.SOCK_CLOEXEC;
        Libc.Check(Libc.socketpair(LibcConstants.AF_UNIX, Blocking, 0, pair), "socketpair", "socket pair");
        return (new StreamConnection(pair[0], "socket pair"), new StreamConnection(pair[1], "socket pair"));
    }

    /// <summary>The peer's address where this is AF_VSOCK; null for others, and for a peer that has gone.</summary>
    public uint? PeerCid()
    {
        sockaddr_un address;
        uint length = (uint)sizeof(sockaddr_un);
        // SAFETY: sockaddr_un is the longer of the two, and the kernel writes no more than the length says.
        return Libc.getpeername(this, &address, &length) == 0 && address.sun_family == LibcConstants.AF_VSOCK
            ? ((sockaddr_vm*)&address)->svm_cid
            : null;
    }

    /// <summary>Who made the connection, or listened, at the other end of a Unix socket; null for others.</summary>
    public PeerCredentials? PeerCredentials()
    {
        ucred credentials;
        uint length = (uint)sizeof(ucred);
        // SAFETY: the kernel writes no more than the length says. A socket of another family answers with no user (-1), or refuses.
        return Libc.getsockopt(this, LibcConstants.SOL_SOCKET, LibcConstants.SO_PEERCRED, &credentials, &length) == 0 && credentials.uid != uint.MaxValue
            ? new PeerCredentials(credentials.pid, credentials.uid, credentials.gid)
            : null;
    }

    /// <summary>Sends bytes from pieces, with descriptors at the first of them; no SIGPIPE is raised.</summary>
    /// <param name="pieces">At least one byte.</param>
    /// <param name="descriptors">The peer gets duplicates of these; at most <see cref="MaxDescriptors"/>, and only over a Unix socket.</param>
    /// <param name="wait">Whether to wait while the peer's buffer is full; otherwise that is <c>-Errno.EAGAIN</c>.</param>
    /// <returns>Bytes sent, perhaps fewer than given; or an error number below zero.</returns>
    public int Send(ReadOnlySpan<IoVector> pieces, ReadOnlySpan<FileDescriptor> descriptors, bool wait)
    {
        // SAFETY: the span is pinned for the call and bounds the count; IoVector has the layout of struct iovec.
        fixed (IoVector* vectors = pieces)
        {
            msghdr message = new() { msg_iov = (iovec*)vectors, msg_iovlen = (nuint)pieces.Length };
            return Result(ControlMessage.Send(this, &message, descriptors, wait ? 0 : LibcConstants.MSG_DONTWAIT));
        }
    }

    /// <summary>Sends bytes, with descriptors at the first of them; no SIGPIPE is raised.</summary>
    /// <returns>As <see cref="Send(ReadOnlySpan{IoVector}, ReadOnlySpan{FileDescriptor}, bool)"/>.</returns>
    public int Send(ReadOnlySpan<byte> data, ReadOnlySpan<FileDescriptor> descriptors, bool wait)
    {
        // SAFETY: the bytes are pinned for the call.
        fixed (byte* bytes = data)
        {
            return Send([new IoVector(bytes, (nuint)data.Length)], descriptors, wait);
        }
    }

    /// <summary>Receives bytes.</summary>
    /// <param name="buffer">Takes them.</param>
    /// <param name="descriptors">Takes the descriptors that came with them; null: the kernel closes those.</param>
    /// <param name="wait">Whether to wait for the first byte; otherwise that is <c>-Errno.EAGAIN</c>.</param>
    /// <returns>Bytes received, 0 when the peer sends no more, or an error number below zero (EMSGSIZE for too many descriptors).</returns>
    public int Receive(Span<byte> buffer, ICollection<FileDescriptor>? descriptors, bool wait)
    {
        int flags = LibcConstants.MSG_CMSG_CLOEXEC | (wait ? 0 : LibcConstants.MSG_DONTWAIT);
        // SAFETY: the buffer is pinned for the call.
        fixed (byte* bytes = buffer)
        {
            iovec part = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            msghdr message = new() { msg_iov = &part, msg_iovlen = 1 };
            return descriptors is null ? Result(Libc.ReceiveMessage(this, &message, flags)) : Receive(&message, descriptors, flags);
        }
    }

    /// <summary>Waits until something can be received, or optionally sent.</summary>
    /// <param name="orWritable">Whether room to send ends the wait as well.</param>
    /// <returns>Whether something can be received (an end and an error too).</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public bool WaitReadable(bool orWritable)
    {
        short events = orWritable ? (short)(EventConstants.POLLIN | EventConstants.POLLOUT) : EventConstants.POLLIN;
        Libc.Check(Libc.Poll(this, events, -1, out short ready), "poll", this);
        return (ready & ~EventConstants.POLLOUT) != 0;
    }

    /// <summary>Ends both directions: the peer reads an end, and so does every thread that waits here. Nothing happens where the peer is gone.</summary>
    public void ShutDown() => _ = Libc.shutdown(this, LibcConstants.SHUT_RDWR);

    private static TimeoutException Late(string name, TimeSpan? patience) => new($"{name}: no connection within {patience?.TotalSeconds:0.#} s");

    private static int Result(nint moved) => moved < 0 ? -Marshal.GetLastPInvokeError() : (int)moved;

    private int Receive(msghdr* message, ICollection<FileDescriptor> descriptors, int flags)
    {
        byte* control = stackalloc byte[ControlMessage.LargestCapacity];
        message->msg_control = control;
        message->msg_controllen = ControlMessage.LargestCapacity;
        int length = Result(Libc.ReceiveMessage(this, message, flags));
        if (length < 0 || message->msg_controllen == 0)
        {
            return length;
        }

        foreach (FileDescriptor descriptor in ControlMessage.Read(control, message->msg_controllen, Name))
        {
            descriptors.Add(descriptor);
        }

        // The descriptors that did come are the caller's to close; those that had no room the kernel has closed.
        return (message->msg_flags & LibcConstants.MSG_CTRUNC) != 0 ? -Errno.EMSGSIZE : length;
    }
}
