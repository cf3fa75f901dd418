using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>A listening socket.</summary>
internal sealed class SocketListener : RpcListener
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly StreamListener _socket;
    private readonly SocketWait _wait;
    private readonly string? _path;
    private bool _accepting;
    private bool _disposed;

    internal SocketListener(StreamListener socket, string? path)
    {
        _socket = socket;
        _path = path;
        _wait = new SocketWait(socket);
        Port = socket.VsockPort;
    }

    public override uint? Port { get; }

    internal override StreamConnection? Accept()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return null;
            }

            _accepting = true;
        }

        try
        {
            while (_wait.Wait())
            {
                StreamConnection? client = _socket.TryAccept(out int errno);
                if (client is not null)
                {
                    return client;
                }

                if (errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM)
                {
                    Thread.Sleep(s_retry); // until others have closed something
                }
                else if (errno is not (Errno.EAGAIN or Errno.ECONNABORTED or Errno.EPROTO))
                {
                    throw new LinuxException("accept4", _socket.Name, errno);
                }
            }

            return null;
        }
        finally
        {
            lock (_gate)
            {
                _accepting = false;
                if (_disposed)
                {
                    Close();
                }
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _wait.Stop();
            if (!_accepting)
            {
                Close();
            }
        }

        if (_path is not null)
        {
            File.Delete(_path);
        }
    }

    private void Close()
    {
        _wait.Dispose();
        _socket.Dispose();
    }
}
