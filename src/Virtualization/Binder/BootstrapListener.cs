using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>One end of a socket pair: each client's connection comes as a descriptor with 4 bytes of zero (RpcServer::setupUnixSocketBootstrapServer).</summary>
internal sealed class BootstrapListener : RpcListener
{
    private const int MessageSize = sizeof(int);

    private readonly Lock _gate = new();
    private readonly StreamConnection _socket;
    private readonly SocketWait _wait;
    private bool _accepting;
    private bool _disposed;

    internal BootstrapListener(FileDescriptor socket)
    {
        _socket = StreamConnection.FromDescriptor(socket);
        _wait = new SocketWait(_socket);
    }

    public override uint? Port => null;

    /// <summary>The client's side: makes a connection and sends its other end.</summary>
    internal static StreamConnection Connect(StreamConnection bootstrap)
    {
        (StreamConnection own, StreamConnection other) = StreamConnection.CreatePair();
        using (other)
        {
            try
            {
                int sent = bootstrap.Send(stackalloc byte[MessageSize], [other], wait: true);
                return sent >= 0 ? own : throw new LinuxException("sendmsg", bootstrap.Name, -sent);
            }
            catch
            {
                own.Dispose();
                throw;
            }
        }
    }

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
            Span<byte> message = stackalloc byte[MessageSize];
            while (_wait.Wait())
            {
                List<FileDescriptor> descriptors = [];
                int received = _socket.Receive(message, descriptors, wait: false);
                if (received == -Errno.EAGAIN)
                {
                    continue;
                }

                // A message of 4 bytes is never divided, so another length or number of descriptors is no client.
                if (received == MessageSize && descriptors.Count == 1)
                {
                    return StreamConnection.FromDescriptor(descriptors[0]);
                }

                descriptors.ForEach(descriptor => descriptor.Dispose());
                return null;
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
    }

    private void Close()
    {
        _wait.Dispose();
        _socket.Dispose();
    }
}
