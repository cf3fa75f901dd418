using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>A listening socket.</summary>
internal sealed class SocketListener : RpcListener
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly StreamListener _socket;
    private readonly string? _path;

    internal SocketListener(StreamListener socket, string? path)
        : base(socket)
    {
        _socket = socket;
        _path = path;
        Port = socket.VsockPort;
    }

    public override uint? Port { get; }

    private protected override bool TryAccept(out StreamConnection? client)
    {
        client = _socket.TryAccept(out int errno);
        if (errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
        {
            Thread.Sleep(s_retry); // until others have closed something
        }
        else if (errno is not (0 or Errno.EAGAIN or Errno.ECONNABORTED or Errno.EPROTO))
        {
            throw new LinuxException("accept4", _socket.Name, errno);
        }

        return client is not null;
    }

    private protected override void Remove()
    {
        if (_path is null)
        {
            return;
        }

        try
        {
            File.Delete(_path);
        }
        catch (DirectoryNotFoundException)
        {
            // Whoever has removed the directory has removed the socket.
        }
    }
}
