using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>A listening stream socket, of Unix or AF_VSOCK, that does not block: wait for it with <see cref="Events.Epoll"/>.</summary>
public sealed unsafe class StreamListener : FileDescriptor
{
    private const int Type = LibcConstants.SOCK_STREAM | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;

    private StreamListener(int number, string name)
        : base(number, name)
    {
    }

    /// <summary>Makes a socket file and listens on it.</summary>
    /// <param name="path">At most 107 bytes; must not exist, and is not removed when the socket is disposed.</param>
    /// <param name="backlog">How many clients may wait to be accepted.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">EADDRINUSE when the path exists.</exception>
    public static StreamListener ListenUnix(string path, int backlog)
    {
        sockaddr_un address = UnixSocketAddress.Of(path);
        StreamListener socket = new(Libc.Check(Libc.socket(LibcConstants.AF_UNIX, Type, 0), "socket", path), path);
        return socket.Listen(Libc.bind(socket, &address, (uint)sizeof(sockaddr_un)), backlog);
    }

    /// <summary>Listens on a port of AF_VSOCK.</summary>
    /// <param name="address">Where; <see cref="VsockAddress.AnyCid"/> and <see cref="VsockAddress.AnyPort"/> leave it to the kernel.</param>
    /// <param name="backlog">How many clients may wait to be accepted.</param>
    /// <exception cref="LinuxException">EAFNOSUPPORT without AF_VSOCK, EADDRINUSE for a port that is taken, EACCES for one below 1024.</exception>
    public static StreamListener ListenVsock(VsockAddress address, int backlog)
    {
        sockaddr_vm native = address.ToNative();
        string name = address.ToString();
        StreamListener socket = new(Libc.Check(Libc.socket(LibcConstants.AF_VSOCK, Type, 0), "socket", name), name);
        return socket.Listen(Libc.bind(socket, &native, (uint)sizeof(sockaddr_vm)), backlog);
    }

    /// <summary>Takes over a socket that listens already, as a parent process or systemd gives one.</summary>
    /// <param name="socket">Disposed, whatever becomes of it.</param>
    /// <exception cref="LinuxException">It is no socket (ENOTSOCK), or does not listen (EINVAL, found by the first accept).</exception>
    public static StreamListener FromDescriptor(FileDescriptor socket)
    {
        using (socket)
        {
            FileDescriptor duplicate = socket.Duplicate();
            StreamListener listener = new(duplicate.Number, socket.Name);
            duplicate.SetHandleAsInvalid();
            try
            {
                listener.SetNonBlocking(true);
                _ = listener.VsockPort;
                return listener;
            }
            catch
            {
                listener.Dispose();
                throw;
            }
        }
    }

    /// <summary>The port of AF_VSOCK; null for a Unix socket.</summary>
    /// <exception cref="LinuxException">It is no socket.</exception>
    public uint? VsockPort
    {
        get
        {
            sockaddr_un address;
            uint length = (uint)sizeof(sockaddr_un);
            // SAFETY: sockaddr_un is the longer of the two, and the kernel writes no more than the length says.
            Libc.Check(Libc.getsockname(this, &address, &length), "getsockname", this);
            return address.sun_family == LibcConstants.AF_VSOCK ? ((sockaddr_vm*)&address)->svm_port : null;
        }
    }

    /// <summary>Takes the next client.</summary>
    /// <param name="errno">Why there is none: EAGAIN when nobody waits, EMFILE or ENFILE when no descriptor is left, ECONNABORTED; 0 for one.</param>
    public StreamConnection? TryAccept(out int errno)
    {
        int number = Libc.Accept(this, LibcConstants.SOCK_CLOEXEC);
        errno = number < 0 ? Marshal.GetLastPInvokeError() : 0;
        return number < 0 ? null : new StreamConnection(number, $"client of {Name}");
    }

    private StreamListener Listen(int bound, int backlog)
    {
        try
        {
            Libc.Check(bound, "bind", this);
            Libc.Check(Libc.listen(this, backlog), "listen", this);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }
}
