using Kvm.Interop;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Vsock;

/// <content>What the host program sends, and its way to the guest.</content>
internal sealed partial class VsockConnection
{
    private const uint MaxRead = 256 << 10; // bytes a turn, so that others come to theirs

    /// <summary>Bytes that the guest takes now.</summary>
    private uint PeerCredit
    {
        get
        {
            uint outstanding = _sent - _peerForwarded;
            return outstanding < _peerBuffer ? _peerBuffer - outstanding : 0;
        }
    }

    /// <summary>Takes a turn: packets that are owed, then some data. The connection may be gone afterwards.</summary>
    internal VsockEmitResult Emit(VsockReceiveQueue queue)
    {
        if (Phase == VsockPhase.Resetting)
        {
            if (HasPorts && !queue.TrySend(Header(VIRTIO_VSOCK_OP_RST)))
            {
                return VsockEmitResult.NoBuffers;
            }

            _muxer.Remove(this);
            return VsockEmitResult.Done;
        }

        return EmitOwed(queue) ? EmitData(queue) : VsockEmitResult.NoBuffers;
    }

    private bool EmitOwed(VsockReceiveQueue queue) =>
        EmitOwed(queue, VsockPending.Request, VIRTIO_VSOCK_OP_REQUEST)
        && EmitOwed(queue, VsockPending.Response, VIRTIO_VSOCK_OP_RESPONSE)
        && EmitOwed(queue, VsockPending.CreditUpdate, VIRTIO_VSOCK_OP_CREDIT_UPDATE)
        && EmitOwed(queue, VsockPending.CreditRequest, VIRTIO_VSOCK_OP_CREDIT_REQUEST)
        && EmitOwed(queue, VsockPending.Shutdown, VIRTIO_VSOCK_OP_SHUTDOWN);

    private bool EmitOwed(VsockReceiveQueue queue, VsockPending packet, ushort operation)
    {
        if ((_pending & packet) == 0)
        {
            return true;
        }

        VsockHeader header = Header(operation);
        header.Flags = packet == VsockPending.Shutdown ? _hostShutdown : 0;
        if (!queue.TrySend(header))
        {
            return false;
        }

        _pending &= ~packet;
        return true;
    }

    private VsockEmitResult EmitData(VsockReceiveQueue queue)
    {
        if (Phase != VsockPhase.Established || !_readable || _hostSendsNoMore || (_guestShutdown & VIRTIO_VSOCK_SHUTDOWN_RCV) != 0)
        {
            return VsockEmitResult.Done;
        }

        uint credit = PeerCredit;
        if (credit == 0)
        {
            return AskForCredit(queue);
        }

        uint room = queue.Reserve(Math.Min(credit, MaxRead), _burst);
        if (room == 0)
        {
            return VsockEmitResult.NoBuffers;
        }

        int remaining = 0;
        int read = HasMessages ? _socket!.PeekPart(queue.Room, out remaining) : _socket!.Receive(queue.Room);
        VsockHeader header = Header(VIRTIO_VSOCK_OP_RW);
        bool tooLong = HasMessages && !_messageBegun && (long)read + remaining > _peerBuffer;
        uint length = tooLong ? 0 : (uint)Math.Max(read, 0);
        int used = queue.Commit(ref header, length, HasMessages && remaining == 0 ? VIRTIO_VSOCK_SEQ_EOM : 0);
        if (used < 0 || tooLong)
        {
            Reset();
            return VsockEmitResult.Done;
        }

        _sent += length;
        if (length > 0)
        {
            AfterData(used, length, room, remaining);
        }
        else
        {
            AfterNoData(read);
        }

        return IsWorthATurn ? VsockEmitResult.Again : VsockEmitResult.Done;
    }

    private bool IsWorthATurn =>
        Phase == VsockPhase.Resetting || _pending != VsockPending.None || (Phase == VsockPhase.Established && _readable && !_hostSendsNoMore);

    private VsockEmitResult AskForCredit(VsockReceiveQueue queue)
    {
        if (!_askedForCredit)
        {
            _pending |= VsockPending.CreditRequest;
            if (!EmitOwed(queue))
            {
                return VsockEmitResult.NoBuffers;
            }

            _askedForCredit = true;
        }

        return VsockEmitResult.Done;
    }

    private void AfterData(int used, uint length, uint room, int remaining)
    {
        // As many buffers next time as were needed this time, and more while they do not suffice.
        _burst = length == room ? Math.Min(_burst * 2, VsockReceiveQueue.MaxBurst) : Math.Max(used, 1);
        if (HasMessages)
        {
            _messageBegun = remaining > 0;
            if (!_messageBegun)
            {
                _socket!.Receive(default(Span<byte>)); // takes the message away that was copied
            }
        }
        else if (length < room && !_readEnds)
        {
            _readable = false; // it was empty, and what comes later is a new event
        }
    }

    private void AfterNoData(int read)
    {
        switch (read)
        {
            case -Errno.EAGAIN:
                _readable = false;
                break;
            case -Errno.EFAULT:
                Reset(); // the guest took the page of a buffer back
                break;
            case 0 when HasMessages && !_readEnds:
                _socket!.Receive(default(Span<byte>)); // an empty message, which vsock has no packet for
                break;
            case 0 when !_hungUp:
                _hostSendsNoMore = true;
                if (_hostTakesNoMore)
                {
                    HostIsGone();
                }
                else
                {
                    TellShutdown(VIRTIO_VSOCK_SHUTDOWN_SEND);
                }

                break;
            default:
                HostIsGone();
                break;
        }
    }

    /// <summary>The host program has closed: the guest is told, and its RST ends the connection.</summary>
    private void HostIsGone()
    {
        _hostSendsNoMore = true;
        _hostTakesNoMore = true;
        _forwarded = _received;
        Release();
        Phase = VsockPhase.Closing;
        Deadline = _muxer.After(_muxer.Times.Close);
        TellShutdown(ShutdownBoth);
    }

    private void TellShutdown(uint flags)
    {
        _hostShutdown |= flags;
        Owe(VsockPending.Shutdown);
    }

    private void ReadHandshake()
    {
        switch (VsockHandshake.Read(_socket!, HasMessages, _readEnds, out uint port))
        {
            case VsockHandshakeResult.Incomplete:
                break;
            case VsockHandshakeResult.Port:
                GuestPort = port;
                HostPort = _muxer.ChooseHostPort(port);
                Phase = VsockPhase.Requested;
                Deadline = _muxer.After(_muxer.Times.Request);
                _muxer.Remember(this);
                Owe(VsockPending.Request);
                break;
            default:
                Reset();
                break;
        }
    }
}
