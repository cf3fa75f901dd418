using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>A Unix socket that never blocks and never throws for what its peer does: for loops that serve many of them (unix(7)).</summary>
/// <remarks>
/// Calls that move data return what they moved, or the error number below zero (<c>-Errno.EAGAIN</c> where they would have to wait). They copy, so
/// pieces may lie in guest memory: a page that the host may not touch gives EFAULT, or ends the transfer before it. Nothing is allocated.
/// </remarks>
public sealed unsafe class UnixSocket : FileDescriptor
{
    private UnixSocket(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Makes a socket file and listens on it.</summary>
    /// <param name="path">At most 107 bytes; must not exist, and is not removed when the socket is disposed.</param>
    /// <param name="type">What clients connect with.</param>
    /// <param name="backlog">How many clients may wait to be accepted.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">EADDRINUSE when the path exists.</exception>
    public static UnixSocket Listen(string path, UnixSocketType type, int backlog)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        UnixSocket socket = Make(path, type);
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

    /// <summary>Connects to a listening socket, if that can be done at once.</summary>
    /// <param name="path">At most 107 bytes.</param>
    /// <param name="type">ECONNREFUSED or EPROTOTYPE where something else listens.</param>
    /// <param name="errno">Why there is no connection: EAGAIN while too many others wait to be accepted, ENOENT without such a file; 0 for one.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    public static UnixSocket? TryConnect(string path, UnixSocketType type, out int errno)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        int number = Libc.socket(LibcConstants.AF_UNIX, (int)type | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK, 0);
        if (number < 0)
        {
            errno = Marshal.GetLastPInvokeError();
            return null;
        }

        UnixSocket socket = new(number, path);
        if (Libc.connect(socket, &address, (uint)sizeof(sockaddr_un)) == 0)
        {
            errno = 0;
            return socket;
        }

        errno = Marshal.GetLastPInvokeError();
        socket.Dispose();
        return null;
    }

    /// <summary>Makes two sockets that are connected to each other.</summary>
    /// <exception cref="LinuxException">The process has no descriptors left (EMFILE).</exception>
    public static (UnixSocket First, UnixSocket Second) CreatePair(UnixSocketType type)
    {
        int* pair = stackalloc int[2];
        int flags = (int)type | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
        Libc.Check(Libc.socketpair(LibcConstants.AF_UNIX, flags, 0, pair), "socketpair", "socket pair");
        return (new UnixSocket(pair[0], "socket pair"), new UnixSocket(pair[1], "socket pair"));
    }

    /// <summary>Takes the next client of a listening socket.</summary>
    /// <param name="errno">Why there is none: EAGAIN when nobody waits, EMFILE or ENFILE when no descriptor is left; 0 for one.</param>
    public UnixSocket? TryAccept(out int errno)
    {
        int number = Libc.Accept(this, LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK);
        errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
        return number < 0 ? null : new UnixSocket(number, Name);
    }

    /// <summary>Sends bytes, or one message of a socket of messages, from pieces; no SIGPIPE is raised.</summary>
    /// <returns>Bytes sent, fewer than given where a stream's buffer is full; or an error number below zero.</returns>
    public int Send(ReadOnlySpan<IoVector> pieces)
    {
        // SAFETY: the span is pinned for the call and bounds the count; IoVector has the layout of struct iovec.
        fixed (IoVector* vectors = pieces)
        {
            msghdr message = new() { msg_iov = (iovec*)vectors, msg_iovlen = (nuint)pieces.Length };
            return Result(Libc.SendMessage(this, &message, LibcConstants.MSG_NOSIGNAL));
        }
    }

    /// <summary>Sends bytes, or one message.</summary>
    /// <returns>As <see cref="Send(ReadOnlySpan{IoVector})"/>.</returns>
    public int Send(ReadOnlySpan<byte> data)
    {
        // SAFETY: the bytes are pinned for the call.
        fixed (byte* bytes = data)
        {
            return Send([new IoVector(bytes, (nuint)data.Length)]);
        }
    }

    /// <summary>Receives bytes, or one message of a socket of messages, into pieces.</summary>
    /// <param name="pieces">Take the bytes; what of a message does not fit is lost.</param>
    /// <returns>Bytes received, 0 when the peer sends no more (or for an empty message), or an error number below zero.</returns>
    public int Receive(ReadOnlySpan<IoVector> pieces) => Receive(pieces, 0);

    /// <summary>Receives bytes, or one message.</summary>
    /// <returns>As <see cref="Receive(ReadOnlySpan{IoVector})"/>.</returns>
    public int Receive(Span<byte> data)
    {
        // SAFETY: the bytes are pinned for the call.
        fixed (byte* bytes = data)
        {
            return Receive([new IoVector(bytes, (nuint)data.Length)]);
        }
    }

    /// <summary>Looks at what would be received, from the first byte on, and leaves it there.</summary>
    /// <returns>As <see cref="Receive(ReadOnlySpan{IoVector})"/>.</returns>
    public int Peek(Span<byte> data)
    {
        // SAFETY: the bytes are pinned for the call.
        fixed (byte* bytes = data)
        {
            return Receive([new IoVector(bytes, (nuint)data.Length)], LibcConstants.MSG_PEEK);
        }
    }

    /// <summary>Copies the next part of the first message and leaves the message there (MSG_PEEK after <see cref="PeekInParts"/>).</summary>
    /// <param name="pieces">Take the part.</param>
    /// <param name="remaining">Bytes of the message behind the part; 0 at its end, when <see cref="Receive(Span{byte})"/> takes it away.</param>
    /// <returns>Bytes copied, or an error number below zero.</returns>
    public int PeekPart(ReadOnlySpan<IoVector> pieces, out int remaining)
    {
        nuint room = 0;
        foreach (IoVector piece in pieces)
        {
            room += piece.Length;
        }

        // With MSG_TRUNC the answer is the length of the message from the offset on, however much of it was copied.
        int length = Receive(pieces, LibcConstants.MSG_PEEK | LibcConstants.MSG_TRUNC);
        int copied = length > 0 ? (int)Math.Min((nuint)length, room) : length;
        remaining = length > 0 ? length - copied : 0;
        return copied;
    }

    /// <summary>Lets each <see cref="PeekPart"/> go on behind the last one (SO_PEEK_OFF).</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void PeekInParts() => SetOption(LibcConstants.SO_PEEK_OFF, "SO_PEEK_OFF", 0);

    /// <summary>Asks for room for bytes that were sent and not yet received by the peer; the kernel grants up to net.core.wmem_max (SO_SNDBUF).</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetSendBuffer(int bytes) => SetOption(LibcConstants.SO_SNDBUF, "SO_SNDBUF", bytes);

    /// <summary>Sends no more: the peer reads an end behind what was sent (SHUT_WR). Nothing happens where the peer is gone.</summary>
    public void ShutDownSending() => _ = Libc.shutdown(this, LibcConstants.SHUT_WR);

    /// <summary>Receives no more: the peer's writes fail (SHUT_RD). Nothing happens where the peer is gone.</summary>
    public void ShutDownReceiving() => _ = Libc.shutdown(this, LibcConstants.SHUT_RD);

    private static UnixSocket Make(string path, UnixSocketType type)
    {
        int flags = (int)type | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
        return new UnixSocket(Libc.Check(Libc.socket(LibcConstants.AF_UNIX, flags, 0), "socket", path), path);
    }

    private static int Result(nint moved) => moved < 0 ? -Marshal.GetLastPInvokeError() : (int)moved;

    private int Receive(ReadOnlySpan<IoVector> pieces, int flags)
    {
        // SAFETY: as in Send.
        fixed (IoVector* vectors = pieces)
        {
            msghdr message = new() { msg_iov = (iovec*)vectors, msg_iovlen = (nuint)pieces.Length };
            return Result(Libc.ReceiveMessage(this, &message, flags));
        }
    }

    private void SetOption(int option, string name, int value) =>
        Libc.Check(Libc.setsockopt(this, LibcConstants.SOL_SOCKET, option, &value, sizeof(int)), $"setsockopt({name}, {value})", this);
}
