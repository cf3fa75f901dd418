using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>A Unix socket that keeps message boundaries and passes descriptors (SOCK_SEQPACKET, SCM_RIGHTS; unix(7)).</summary>
/// <remarks>.NET's own sockets have no ancillary data, hence this type. Blocking unless <see cref="FileDescriptor.SetNonBlocking"/> says otherwise.</remarks>
public sealed unsafe class SeqPacketSocket : FileDescriptor
{
    /// <summary>The most descriptors that one message carries here; the kernel's own limit is 253.</summary>
    public const int MaxDescriptors = 32;

    private SeqPacketSocket(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Makes a socket file and listens on it.</summary>
    /// <param name="path">At most 107 bytes; must not exist, and is not removed when the socket is disposed.</param>
    /// <param name="backlog">How many clients may wait to be accepted.</param>
    /// <exception cref="ArgumentException">The path is too long.</exception>
    /// <exception cref="LinuxException">EADDRINUSE when the path exists.</exception>
    public static SeqPacketSocket Listen(string path, int backlog = 16)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        SeqPacketSocket socket = Make(path);
        try
        {
            Libc.Check(Libc.bind(socket, &address, (uint)sizeof(sockaddr_un)), "bind", path);
            Libc.Check(Libc.listen(socket, backlog), "listen", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a listening socket.</summary>
    /// <param name="path">At most 107 bytes.</param>
    /// <param name="block">Wait while too many others wait to be accepted; otherwise that is EAGAIN, and the connection does not block either.</param>
    /// <exception cref="ArgumentException">The path is too long.</exception>
    /// <exception cref="LinuxException">ENOENT without such a file, ECONNREFUSED when nobody listens.</exception>
    public static SeqPacketSocket Connect(string path, bool block = true)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        SeqPacketSocket socket = Make(path);
        try
        {
            socket.SetNonBlocking(!block);
            Libc.Check(Libc.connect(socket, &address, (uint)sizeof(sockaddr_un)), "connect", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes two sockets that are connected to each other.</summary>
    /// <exception cref="LinuxException">The process has no descriptors left (EMFILE).</exception>
    public static (SeqPacketSocket First, SeqPacketSocket Second) CreatePair()
    {
        int* pair = stackalloc int[2];
        const int Type = LibcConstants.SOCK_SEQPACKET | LibcConstants.SOCK_CLOEXEC;
        Libc.Check(Libc.socketpair(LibcConstants.AF_UNIX, Type, 0, pair), "socketpair", "socket pair");
        return (new SeqPacketSocket(pair[0], "socket pair"), new SeqPacketSocket(pair[1], "socket pair"));
    }

    /// <summary>Takes over a socket that the process was started with, as in <c>--socket /proc/self/fd/N</c>.</summary>
    /// <exception cref="LinuxException">No such descriptor is open (EBADF).</exception>
    public static new SeqPacketSocket FromNumber(int number)
    {
        using FileDescriptor inherited = FileDescriptor.FromNumber(number);
        SeqPacketSocket socket = new(number, inherited.Name);
        inherited.SetHandleAsInvalid();
        return socket;
    }

    /// <summary>Takes the next client of a listening socket.</summary>
    /// <returns>The connection, or null where a non-blocking socket would have to wait.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public SeqPacketSocket? Accept()
    {
        int number = Libc.Accept(this, LibcConstants.SOCK_CLOEXEC);
        if (number < 0 && Marshal.GetLastPInvokeError() == Errno.EAGAIN)
        {
            return null;
        }

        return new SeqPacketSocket(Libc.Check(number, "accept4", this), $"client of {Name}");
    }

    /// <summary>Sends one message.</summary>
    /// <param name="data">Its bytes, at least one.</param>
    /// <param name="descriptors">The receiver gets duplicates of these; at most <see cref="MaxDescriptors"/>.</param>
    /// <returns>False where a non-blocking socket would have to wait.</returns>
    /// <exception cref="LinuxException">EPIPE when the other side is gone; no SIGPIPE is raised.</exception>
    public bool Send(ReadOnlySpan<byte> data, params ReadOnlySpan<FileDescriptor> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        // SAFETY: data is pinned for the call.
        fixed (byte* bytes = data)
        {
            iovec part = new() { iov_base = bytes, iov_len = (nuint)data.Length };
            msghdr message = new() { msg_iov = &part, msg_iovlen = 1 };
            nint sent = ControlMessage.Send(this, &message, descriptors);
            if (sent < 0 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
            {
                LinuxException.ThrowLast("sendmsg", Name);
            }

            return sent >= 0;
        }
    }

    /// <summary>Receives one message and the descriptors that came with it.</summary>
    /// <param name="buffer">Takes its bytes.</param>
    /// <returns>The message; its length is 0 when the other side has closed, <see cref="FileDescriptor.WouldBlock"/> when there is none yet.</returns>
    /// <exception cref="LinuxException">The kernel refused; EMSGSIZE when the message was longer than the buffer or had too many descriptors.</exception>
    public ReceivedMessage Receive(Span<byte> buffer)
    {
        byte* control = stackalloc byte[ControlMessage.Capacity];
        // SAFETY: the buffer is pinned for the call; control has the length that msg_controllen says.
        fixed (byte* bytes = buffer)
        {
            iovec part = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            msghdr message = new()
            {
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = ControlMessage.Capacity,
            };
            nint length = Libc.ReceiveMessage(this, &message, LibcConstants.MSG_CMSG_CLOEXEC);
            if (length < 0)
            {
                if (Marshal.GetLastPInvokeError() == Errno.EAGAIN)
                {
                    return new ReceivedMessage(WouldBlock, []);
                }

                LinuxException.ThrowLast("recvmsg", Name);
            }

            ReceivedMessage received = new((int)length, ControlMessage.Read(control, message.msg_controllen, Name));
            if ((message.msg_flags & (LibcConstants.MSG_TRUNC | LibcConstants.MSG_CTRUNC)) != 0)
            {
                received.Dispose();
                throw new LinuxException(
                    "recvmsg", Name, Errno.EMSGSIZE, $"the message is longer than {buffer.Length} bytes or carries more than {MaxDescriptors} descriptors");
            }

            return received;
        }
    }

    private static SeqPacketSocket Make(string path)
    {
        const int Type = LibcConstants.SOCK_SEQPACKET | LibcConstants.SOCK_CLOEXEC;
        return new SeqPacketSocket(Libc.Check(Libc.socket(LibcConstants.AF_UNIX, Type, 0), "socket", path), path);
    }
}
