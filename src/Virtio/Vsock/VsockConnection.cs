using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Sockets;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Vsock;

/// <summary>One connection between a guest's port and a Unix socket on the host. Used again after its end.</summary>
/// <remarks>
/// The socket is watched edge-triggered: an event is remembered until the socket has nothing left, so a socket that may not be read, for want of credit
/// or of buffers, costs nothing and loses nothing.
/// </remarks>
internal sealed partial class VsockConnection
{
    private const EpollEvents WatchedAlways = EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP | EpollEvents.EPOLLET;

    private readonly VsockMuxer _muxer;
    private readonly Action<EpollEvents> _onEvents;
    private UnixSocket? _socket;
    private EventWatch? _watch;
    private VsockBacklog? _backlog;
    private VsockPending _pending;
    private uint _received; // payload from the guest, modulo 2^32
    private uint _forwarded; // of it, taken by the socket
    private uint _told; // of that, told the guest
    private uint _sent; // payload to the guest
    private uint _peerForwarded; // of it, taken by the guest's application
    private uint _peerBuffer;
    private uint _guestShutdown; // VIRTIO_VSOCK_SHUTDOWN_… that the guest sent
    private uint _hostShutdown; // the same that it is told
    private int _burst;
    private bool _readable;
    private bool _readEnds; // no more comes behind what can be read
    private bool _hungUp; // the host program is gone
    private bool _hostSendsNoMore;
    private bool _hostTakesNoMore;
    private bool _askedForCredit;
    private bool _messageBegun;

    internal VsockConnection(VsockMuxer muxer)
    {
        _muxer = muxer;
        _onEvents = OnEvents;
    }

    internal VsockPhase Phase { get; private set; }

    internal uint GuestPort { get; private set; }

    internal uint HostPort { get; private set; }

    internal bool HasMessages { get; private set; }

    /// <summary>Bytes that the guest may send before the socket takes them.</summary>
    internal uint Credit { get; private set; }

    /// <summary>When the phase ends by itself, as the clock's time stamp; 0: never.</summary>
    internal long Deadline { get; private set; }

    /// <summary>Its place in the muxer's list of all connections.</summary>
    internal int Place { get; set; }

    /// <summary>The guest knows it by its ports.</summary>
    internal bool HasPorts { get; set; }

    internal bool IsScheduled { get; set; }

    internal VsockConnection? NextScheduled { get; set; }

    internal ulong Key => VsockMuxer.KeyOf(GuestPort, HostPort);

    private ushort Type => HasMessages ? VIRTIO_VSOCK_TYPE_SEQPACKET : VIRTIO_VSOCK_TYPE_STREAM;

    /// <summary>A host program has connected.</summary>
    internal void BeginFromHost(UnixSocket socket, bool messages, uint credit, long deadline)
    {
        Begin(VsockPhase.Handshake, messages, credit, deadline);
        Attach(socket);
    }

    /// <summary>The guest asks for a connection.</summary>
    internal void BeginFromGuest(in VsockHeader request, uint credit, long deadline)
    {
        Begin(VsockPhase.Connecting, request.Type == VIRTIO_VSOCK_TYPE_SEQPACKET, credit, deadline);
        GuestPort = request.SourcePort;
        HostPort = request.DestinationPort;
        _peerBuffer = request.BufferSize;
        _peerForwarded = request.ForwardCount;
    }

    /// <summary>The connection to the guest's host port was made.</summary>
    internal void Connected(UnixSocket socket)
    {
        Phase = VsockPhase.Established;
        Deadline = 0;
        _pending |= VsockPending.Response;
        _muxer.Schedule(this);
        Attach(socket);
    }

    /// <summary>Ends the connection at once: what is on its way is lost, and the guest gets RST.</summary>
    internal void Reset()
    {
        Release();
        Deadline = 0;
        _pending = VsockPending.None;
        if (HasPorts)
        {
            Phase = VsockPhase.Resetting;
            _muxer.Schedule(this);
        }
        else
        {
            _muxer.Remove(this);
        }
    }

    /// <summary>The phase has lasted too long.</summary>
    internal void TimeOut() => Reset();

    /// <summary>Gives back what the connection holds.</summary>
    internal void Release()
    {
        DropBacklog();
        _watch?.Dispose();
        _watch = null;
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>It is not in use any more.</summary>
    internal void End()
    {
        Release();
        Phase = VsockPhase.Free;
        Deadline = 0;
    }

    private void Begin(VsockPhase phase, bool messages, uint credit, long deadline)
    {
        Phase = phase;
        HasMessages = messages;
        Credit = credit;
        Deadline = deadline;
        GuestPort = HostPort = 0;
        HasPorts = false;
        _pending = VsockPending.None;
        _received = _forwarded = _told = _sent = _peerForwarded = _peerBuffer = 0;
        _guestShutdown = _hostShutdown = 0;
        _burst = 1;
        _readable = _readEnds = _hungUp = _hostSendsNoMore = _hostTakesNoMore = _askedForCredit = _messageBegun = false;
    }

    private void Attach(UnixSocket socket)
    {
        _socket = socket;
        try
        {
            if (HasMessages)
            {
                // A message goes in one piece, so the longest must fit.
                socket.SetSendBuffer((int)VsockBuffers.FullCredit);
                socket.PeekInParts();
            }

            _watch = _muxer.Loop.Watch(socket, WatchedAlways, _onEvents);
        }
        catch (LinuxException)
        {
            Reset(); // no memory for one more watch: the host is full
        }
    }

    private VsockHeader Header(ushort operation)
    {
        _told = _forwarded;
        return new VsockHeader
        {
            SourceCid = VMADDR_CID_HOST,
            DestinationCid = _muxer.GuestCid,
            SourcePort = HostPort,
            DestinationPort = GuestPort,
            Type = Type,
            Operation = operation,
            BufferSize = Credit,
            ForwardCount = _forwarded,
        };
    }

    private void OnEvents(EpollEvents events)
    {
        _readable |= (events & (EpollEvents.EPOLLIN | EpollEvents.EPOLLRDHUP | EpollEvents.EPOLLHUP | EpollEvents.EPOLLERR)) != 0;
        _readEnds |= (events & (EpollEvents.EPOLLRDHUP | EpollEvents.EPOLLHUP)) != 0;
        _hungUp |= (events & EpollEvents.EPOLLHUP) != 0;
        switch (Phase)
        {
            case VsockPhase.Handshake:
                ReadHandshake();
                break;
            case VsockPhase.Requested when _hungUp:
                Reset();
                break;
            case VsockPhase.Established or VsockPhase.Draining:
                OnHostReady(events);
                break;
            default:
                break;
        }

        _muxer.Pump();
    }

    private void OnHostReady(EpollEvents events)
    {
        if ((events & EpollEvents.EPOLLOUT) != 0 || _hungUp)
        {
            Flush();
        }

        if (Phase != VsockPhase.Established)
        {
            return;
        }

        bool nothingToRead = _hostSendsNoMore || (_guestShutdown & VIRTIO_VSOCK_SHUTDOWN_RCV) != 0;
        if (_hungUp && nothingToRead)
        {
            HostIsGone();
        }
        else
        {
            _muxer.Schedule(this);
        }
    }

    private void DropBacklog()
    {
        if (_backlog is not null)
        {
            _muxer.Buffers.Return(_backlog);
            _backlog = null;
        }
    }
}
