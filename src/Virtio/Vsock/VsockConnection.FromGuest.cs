using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Virtio.Queues;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Vsock;

/// <content>What the guest sends, and its way to the host program.</content>
internal sealed partial class VsockConnection
{
    /// <summary>Takes a packet of this connection.</summary>
    /// <param name="header">Its header, with a length that the chain has behind it.</param>
    /// <param name="chain">The packet.</param>
    internal void Receive(in VsockHeader header, DescriptorChain chain)
    {
        _peerBuffer = header.BufferSize;
        _peerForwarded = header.ForwardCount;
        if (_askedForCredit)
        {
            _askedForCredit = false;
            _muxer.Schedule(this);
        }

        switch (header.Operation)
        {
            case VIRTIO_VSOCK_OP_RST:
                OnGuestReset();
                break;
            case VIRTIO_VSOCK_OP_RESPONSE when Phase == VsockPhase.Requested:
                OnGuestAccepted();
                break;
            case VIRTIO_VSOCK_OP_RW when Phase is VsockPhase.Closing or VsockPhase.Resetting:
                break; // it was on its way when the host program left
            case VIRTIO_VSOCK_OP_RW when Phase == VsockPhase.Established:
                OnGuestData(header, chain);
                break;
            case VIRTIO_VSOCK_OP_SHUTDOWN when Phase is VsockPhase.Established or VsockPhase.Closing:
                OnGuestShutdown(header.Flags);
                break;
            case VIRTIO_VSOCK_OP_SHUTDOWN when Phase is VsockPhase.Draining or VsockPhase.Resetting:
                break;
            case VIRTIO_VSOCK_OP_CREDIT_UPDATE when Phase != VsockPhase.Requested:
                break; // every packet tells of credit
            case VIRTIO_VSOCK_OP_CREDIT_REQUEST when Phase is VsockPhase.Established or VsockPhase.Draining:
                Owe(VsockPending.CreditUpdate);
                break;
            default:
                Reset();
                break;
        }
    }

    private void OnGuestReset()
    {
        if (Phase == VsockPhase.Draining)
        {
            // The guest's patience has ended, and what it sent before it closed still goes to the host program.
            _muxer.Forget(this);
            return;
        }

        Release();
        _muxer.Remove(this);
    }

    private void OnGuestAccepted()
    {
        Phase = VsockPhase.Established;
        Deadline = 0;
        if (!VsockHandshake.TrySendAnswer(_socket!, HostPort))
        {
            HostIsGone();
            return;
        }

        // The host program may have sent data behind its CONNECT line, and the event of it is spent.
        _readable = true;
        _muxer.Schedule(this);
    }

    private void OnGuestShutdown(uint flags)
    {
        _guestShutdown |= flags & ShutdownBoth;
        bool both = _guestShutdown == ShutdownBoth;
        if (Phase == VsockPhase.Closing)
        {
            if (both)
            {
                Reset();
            }

            return;
        }

        if ((_guestShutdown & VIRTIO_VSOCK_SHUTDOWN_RCV) != 0)
        {
            _socket!.ShutDownReceiving();
        }

        if (both)
        {
            Phase = VsockPhase.Draining;
        }

        Drained();
    }

    private void OnGuestData(in VsockHeader header, DescriptorChain chain)
    {
        uint length = header.Length;
        if ((_guestShutdown & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0 || length > Credit - (_received - _forwarded))
        {
            Reset();
            return;
        }

        _received += length;
        _muxer.Counters.PayloadFromGuest(length);
        if (_hostTakesNoMore)
        {
            _forwarded += length;
            return;
        }

        bool taken = HasMessages
            ? TakeMessagePart(chain, length, (header.Flags & VIRTIO_VSOCK_SEQ_EOM) != 0)
            : length == 0 || TakeBytes(chain, length);
        if (!taken)
        {
            Reset();
            return;
        }

        OweCredit();
    }

    /// <summary>To the socket what it takes, the rest to the backlog.</summary>
    /// <returns>False where the guest's pages cannot be read.</returns>
    private bool TakeBytes(DescriptorChain chain, uint length)
    {
        uint done = 0;
        if (_backlog is null && !TrySendPayload(chain, length, out done))
        {
            return false;
        }

        if (done == length || _hostTakesNoMore)
        {
            return true;
        }

        return TryOpenBacklog() && _backlog!.Append(chain, VsockHeader.Size + done, length - done);
    }

    private bool TakeMessagePart(DescriptorChain chain, uint length, bool isLast)
    {
        bool begun = _backlog?.HasOpenMessage == true;
        if (length == 0 && !begun)
        {
            return true; // a message has at least one byte: an empty one would look like the end
        }

        if (_backlog is null && isLast)
        {
            if (!TrySendPayload(chain, length, out uint done) || done == length || _hostTakesNoMore)
            {
                return done == length || _hostTakesNoMore;
            }
        }

        if (!TryOpenBacklog() || !_backlog!.AppendMessagePart(chain, VsockHeader.Size, length, isLast))
        {
            return false;
        }

        if (isLast)
        {
            Flush();
        }

        return true;
    }

    private bool TrySendPayload(DescriptorChain chain, uint length, out uint done)
    {
        Span<IoVector> pieces = _muxer.Pieces;
        int count = chain.GetReadable(VsockHeader.Size, length, pieces);
        int sent = _socket!.Send(pieces[..count]);
        done = (uint)Math.Max(sent, 0);
        _forwarded += done;
        if (sent is >= 0 or -Errno.EAGAIN)
        {
            return true;
        }

        if (sent is -Errno.EFAULT or -Errno.EMSGSIZE)
        {
            return false;
        }

        HostTakesNoMore();
        return true;
    }

    private bool TryOpenBacklog()
    {
        if (_backlog is not null)
        {
            return true;
        }

        try
        {
            _backlog = _muxer.Buffers.Rent(Credit, HasMessages);
            _watch!.Change(WatchedAlways | EpollEvents.EPOLLOUT);
            return true;
        }
        catch (LinuxException)
        {
            return false; // the host has no memory
        }
    }

    /// <summary>Gives the socket what is held back.</summary>
    private void Flush()
    {
        if (_backlog is null)
        {
            return;
        }

        Span<IoVector> pieces = stackalloc IoVector[2];
        while (HasMessages ? _backlog.HasMessage : !_backlog.IsEmpty)
        {
            uint length = 0;
            int count = HasMessages ? _backlog.GetMessage(pieces, out length) : _backlog.GetBytes(pieces);
            int sent = _socket!.Send(pieces[..count]);
            if (sent == -Errno.EAGAIN)
            {
                OweCredit();
                return;
            }

            if (sent < 0)
            {
                HostTakesNoMore();
                return;
            }

            _forwarded += (uint)sent;
            if (HasMessages)
            {
                _backlog.RemoveMessage(length);
            }
            else
            {
                _backlog.Remove((uint)sent);
            }
        }

        OweCredit();
        if (_backlog.IsEmpty)
        {
            DropBacklog();
            _watch!.Change(WatchedAlways);
        }

        Drained();
    }

    /// <summary>Ends what the guest has ended, once the socket has all that came before.</summary>
    private void Drained()
    {
        if (_hostTakesNoMore || _backlog is null || (HasMessages && !_backlog.HasMessage))
        {
            if (Phase == VsockPhase.Draining)
            {
                Reset(); // the answer to SHUTDOWN of both directions
            }
            else if ((_guestShutdown & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0)
            {
                _socket?.ShutDownSending();
            }
        }
    }

    private void HostTakesNoMore()
    {
        _hostTakesNoMore = true;
        _forwarded = _received;
        DropBacklog();
        _watch?.Change(WatchedAlways);
        if (Phase == VsockPhase.Draining)
        {
            Reset();
        }
        else if (_hostSendsNoMore)
        {
            HostIsGone();
        }
        else
        {
            TellShutdown(VIRTIO_VSOCK_SHUTDOWN_RCV);
        }
    }

    private void OweCredit()
    {
        // The guest sees at least half of its credit free when it has all been used up.
        if (Phase == VsockPhase.Established && _forwarded - _told >= Credit / 2)
        {
            Owe(VsockPending.CreditUpdate);
        }
    }

    private void Owe(VsockPending packet)
    {
        _pending |= packet;
        _muxer.Schedule(this);
    }
}
