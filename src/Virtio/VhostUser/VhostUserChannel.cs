using System.Buffers.Binary;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;

namespace Virtio.VhostUser;

/// <summary>The way on which a back end makes requests of its own (VHOST_USER_SET_BACKEND_REQ_FD). It may say that its configuration has changed.</summary>
/// <remarks>A request is a few bytes, so what has come is read without waiting; one that is cut short, or too long, ends the channel and nothing else.</remarks>
internal sealed class VhostUserChannel : IDisposable
{
    private const int MaxContent = 64;

    private readonly StreamSocket _socket;
    private readonly EventWatch _watch;
    private readonly Action _configurationChanged;

    /// <param name="loop">Serves it.</param>
    /// <param name="socket">The front end's side.</param>
    /// <param name="configurationChanged">Called on the loop.</param>
    internal VhostUserChannel(EventLoop loop, StreamSocket socket, Action configurationChanged)
    {
        _socket = socket;
        _configurationChanged = configurationChanged;
        _watch = loop.Watch(socket, EpollEvents.EPOLLIN, _ => Serve());
    }

    public void Dispose()
    {
        _watch.Dispose();
        _socket.Dispose();
    }

    private void Serve()
    {
        try
        {
            if (TryServeOne())
            {
                return;
            }
        }
        catch (Exception e) when (e is LinuxException or TimeoutException)
        {
            // As below: nothing here is worth more than the channel.
        }

        _watch.Dispose();
    }

    private bool TryServeOne()
    {
        Span<byte> head = stackalloc byte[VhostUserProtocol.HeaderSize + sizeof(ulong)];
        Span<byte> content = stackalloc byte[MaxContent];
        if (!_socket.TryReceiveAll(head[..VhostUserProtocol.HeaderSize], TimeSpan.Zero))
        {
            return false;
        }

        uint request = BinaryPrimitives.ReadUInt32LittleEndian(head);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (size > MaxContent || !_socket.TryReceiveAll(content[..(int)size], TimeSpan.Zero))
        {
            return false;
        }

        bool known = request == VhostUserProtocol.VHOST_USER_BACKEND_CONFIG_CHANGE_MSG;
        if ((flags & VhostUserProtocol.NeedReplyFlag) != 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], VhostUserProtocol.Version | VhostUserProtocol.ReplyFlag);
            BinaryPrimitives.WriteUInt32LittleEndian(head[8..], sizeof(ulong));
            BinaryPrimitives.WriteUInt64LittleEndian(head[VhostUserProtocol.HeaderSize..], known ? 0UL : 1UL);
            _socket.SendAll(head, [], TimeSpan.Zero);
        }

        // Answered first: the back end may wait for that before it answers what the change makes us ask.
        if (known)
        {
            _configurationChanged();
        }

        return true;
    }
}
