using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>Where a server's clients come from.</summary>
public abstract class RpcListener : IDisposable
{
    /// <summary>Any port, for <see cref="ListenVsock"/> (VMADDR_PORT_ANY).</summary>
    public const uint AnyPort = VsockAddress.AnyPort;

    /// <summary>Any address of this machine, for <see cref="ListenVsock"/> (VMADDR_CID_ANY).</summary>
    public const uint AnyCid = VsockAddress.AnyCid;

    private const int Backlog = 128;

    private readonly Lock _gate = new();
    private readonly FileDescriptor _socket;
    private readonly SocketWait _wait;
    private bool _accepting;
    private bool _disposed;

    private protected RpcListener(FileDescriptor socket)
    {
        _socket = socket;
        _wait = new SocketWait(socket);
    }

    /// <summary>The port of AF_VSOCK that it listens on; null for others.</summary>
    public abstract uint? Port { get; }

    /// <summary>Makes a Unix socket and listens on it; disposing removes the socket file.</summary>
    /// <param name="path">At most 107 bytes; must not exist.</param>
    /// <exception cref="Kvm.Interop.LinuxException">EADDRINUSE when the path exists.</exception>
    public static RpcListener ListenUnix(string path) => new SocketListener(StreamListener.ListenUnix(path, Backlog), path);

    /// <summary>Listens on a port of AF_VSOCK.</summary>
    /// <param name="port">The port; <see cref="AnyPort"/> takes a free one.</param>
    /// <param name="cid">Which of this machine's addresses.</param>
    /// <exception cref="Kvm.Interop.LinuxException">EADDRINUSE when the port is taken; EACCES below 1024 without CAP_NET_BIND_SERVICE.</exception>
    public static RpcListener ListenVsock(uint port, uint cid = AnyCid) =>
        new SocketListener(StreamListener.ListenVsock(new VsockAddress(cid, port), Backlog), null);

    /// <summary>Takes a listening socket over, Unix or AF_VSOCK, as one is given by systemd or a parent.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">It is no socket.</exception>
    public static RpcListener FromDescriptor(FileDescriptor socket) => new SocketListener(StreamListener.FromDescriptor(socket), null);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for the next client.</summary>
    /// <returns>Null when none can come any more: the listener was disposed, or whoever sends clients has gone.</returns>
    internal StreamConnection? Accept()
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
                if (TryAccept(out StreamConnection? client))
                {
                    return client;
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

    /// <summary>Takes the client whose coming ended the waiting.</summary>
    /// <param name="client">Null when none can come any more.</param>
    /// <returns>False when there was none after all.</returns>
    private protected abstract bool TryAccept(out StreamConnection? client);

    /// <summary>Stops listening. A thread that waits for a client closes the socket when it has noticed.</summary>
    protected virtual void Dispose(bool disposing)
    {
        lock (_gate)
        {
            if (!disposing || _disposed)
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

        Remove();
    }

    /// <summary>Removes what others find it by, once: there may be another's by then.</summary>
    private protected virtual void Remove()
    {
    }

    private void Close()
    {
        _wait.Dispose();
        _socket.Dispose();
    }
}
