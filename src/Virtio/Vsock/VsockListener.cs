using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtio.Vsock;

/// <summary>The socket at which host programs ask for a port of the guest, and its place in the file system.</summary>
internal sealed class VsockListener : IDisposable
{
    private const int Backlog = 128;
    private const int AcceptsPerTurn = 16;

    private readonly UnixSocket _socket;
    private readonly string _path;
    private readonly FileIdentity? _identity;
    private readonly UnixSocketType _type;
    private Func<bool> _hasPlace = static () => false;
    private Action<UnixSocket?, UnixSocketType> _accept = static (_, _) => { };
    private EventWatch? _watch;

    private VsockListener(string path, UnixSocketType type)
    {
        _path = path;
        _type = type;
        _socket = UnixSocket.Listen(path, type, Backlog);
        _identity = FileIdentity.Of(path);
    }

    /// <summary>Listens at a path, in the place of a socket that nobody listens at any more.</summary>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">EADDRINUSE when another program listens there or the path is another file.</exception>
    internal static VsockListener Open(string path, UnixSocketType type)
    {
        try
        {
            return new VsockListener(path, type);
        }
        catch (LinuxException e) when (e.Errno == Errno.EADDRINUSE)
        {
            FileIdentity? identity = FileIdentity.Of(path);
            if (identity?.IsSocket == false)
            {
                throw new LinuxException("bind", path, e.Errno, "the path exists and is not a socket");
            }

            using UnixSocket? other = UnixSocket.TryConnect(path, type, out int errno);
            if (errno is not (Errno.ECONNREFUSED or Errno.ENOENT))
            {
                throw new LinuxException("bind", path, e.Errno, "another program listens there: choose another path");
            }

            if (FileIdentity.Of(path) == identity)
            {
                File.Delete(path);
            }

            return new VsockListener(path, type);
        }
    }

    /// <summary>Closes the socket and removes its file, if the file is still this socket's.</summary>
    public void Dispose()
    {
        Stop();
        _socket.Dispose();
        if (_identity is not null && FileIdentity.Of(_path) == _identity)
        {
            File.Delete(_path);
        }
    }

    /// <summary>Takes clients, those that wait already included.</summary>
    /// <param name="loop">Calls the others.</param>
    /// <param name="hasPlace">Whether another client can be taken; where not, clients wait for <see cref="Resume"/>.</param>
    /// <param name="accept">Takes a client over, or null when no descriptor was left for one, and clients wait for <see cref="Resume"/>.</param>
    internal void Start(EventLoop loop, Func<bool> hasPlace, Action<UnixSocket?, UnixSocketType> accept)
    {
        _hasPlace = hasPlace;
        _accept = accept;
        _watch = loop.Watch(_socket, EpollEvents.EPOLLIN, _ => Accept());
    }

    /// <summary>Lets clients wait, until <see cref="Start"/>.</summary>
    internal void Stop()
    {
        _watch?.Dispose();
        _watch = null;
    }

    /// <summary>Takes clients again.</summary>
    internal void Resume() => _watch?.Change(EpollEvents.EPOLLIN);

    private void Accept()
    {
        for (int i = 0; i < AcceptsPerTurn; i++)
        {
            if (!_hasPlace())
            {
                _watch?.Change(EpollEvents.None);
                return;
            }

            UnixSocket? client = _socket.TryAccept(out int errno);
            if (errno is Errno.EAGAIN or Errno.ECONNABORTED)
            {
                return;
            }

            if (client is null)
            {
                _watch?.Change(EpollEvents.None);
            }

            _accept(client, _type);
        }
    }
}
