using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>One end of a socket pair: each client's connection comes as a descriptor with 4 bytes of zero (RpcServer::setupUnixSocketBootstrapServer).</summary>
internal sealed class BootstrapListener : RpcListener
{
    private const int MessageSize = sizeof(int);

    private readonly StreamConnection _socket;

    internal BootstrapListener(FileDescriptor socket)
        : this(StreamConnection.FromDescriptor(socket))
    {
    }

    private BootstrapListener(StreamConnection socket)
        : base(socket) => _socket = socket;

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

    private protected override bool TryAccept(out StreamConnection? client)
    {
        client = null;
        List<FileDescriptor> descriptors = [];
        int received = _socket.Receive(stackalloc byte[MessageSize], descriptors, wait: false);
        if (received == -Errno.EAGAIN)
        {
            return false;
        }

        // A message of 4 bytes is never divided, so another length or number of descriptors is no client.
        if (received == MessageSize && descriptors.Count == 1)
        {
            client = StreamConnection.FromDescriptor(descriptors[0]);
        }
        else
        {
            descriptors.ForEach(static descriptor => descriptor.Dispose());
        }

        return true;
    }
}
