using System.Collections.Immutable;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Net;
using Virtio.Queues;

namespace Virtio.Net;

/// <summary>A network card whose frames the VMM moves between queues and tap, one system call a frame and no copy of its own.</summary>
public sealed class TapNetDevice : NetDevice
{
    private readonly Pair[] _pairs;

    /// <param name="loop">Does the device's work.</param>
    /// <param name="settings">What the driver sees.</param>
    /// <param name="taps">A queue of the same interface for each pair; closed with the device.</param>
    /// <exception cref="LinuxException">The kernel does not know the header of virtio 1.</exception>
    public TapNetDevice(EventLoop loop, NetSettings settings, ImmutableArray<TapQueue> taps)
        : base(loop, settings, taps) => _pairs = [.. taps.Select((_, i) => new Pair(this, i))];

    /// <inheritdoc/>
    protected override void OnReset()
    {
        base.OnReset();
        foreach (Pair pair in _pairs)
        {
            pair.Forget();
        }
    }

    private protected override void StartPair(int pair) => _pairs[pair].Start();

    private protected override void StopPair(int pair) => _pairs[pair].Stop();

    private protected override bool OnDataNotified(Virtqueue queue)
    {
        Pair pair = _pairs[queue.Index / 2];
        if (queue.Index % 2 != 0)
        {
            return pair.Send();
        }

        pair.Receive();
        return false;
    }

    /// <summary>A tap queue between its two virtqueues.</summary>
    private sealed class Pair(TapNetDevice device, int index)
    {
        private readonly byte[] _spare = GC.AllocateUninitializedArray<byte>(VirtioNet.MaxFrameSize, pinned: true);
        private TapReceiver? _receiver;
        private TapSender? _sender;
        private EventWatch? _watch;
        private bool _sendWaits;

        private TapQueue Tap => device.Taps[index];

        internal void Start()
        {
            // A pair that is used again goes on with the buffers that it holds.
            _receiver ??= device.Queues[2 * index] is { } receive
                ? new TapReceiver(Tap, receive, _spare, device.Has(VirtioNet.VIRTIO_NET_F_MRG_RXBUF))
                : null;
            _sender ??= device.Queues[(2 * index) + 1] is { } send ? new TapSender(Tap, send) : null;
            _watch = device.Loop.Watch(Tap, Wanted, OnReady);
            Receive();
            Send();
        }

        internal void Stop()
        {
            _watch?.Dispose();
            _watch = null;
        }

        internal void Forget()
        {
            _receiver = null;
            _sender = null;
        }

        internal void Receive()
        {
            int error = _watch is null ? 0 : _receiver?.Receive() ?? 0;
            if (error is not (0 or Errno.EAGAIN))
            {
                Lose();
            }

            _watch?.Change(Wanted);
        }

        /// <returns>Whether there is more to send.</returns>
        internal bool Send()
        {
            bool more = false;
            int error = 0;
            if (_sender is not null)
            {
                more = _sender.Send(out error);
            }

            // Others mean a frame that was dropped: the interface is down (EIO), or the header makes no sense (EINVAL).
            _sendWaits = error == Errno.EAGAIN;
            if (error is Errno.EBADFD or Errno.ENODEV)
            {
                Lose();
            }

            _watch?.Change(Wanted);
            return more;
        }

        private EpollEvents Wanted =>
            (_receiver is { IsStarved: false } ? EpollEvents.EPOLLIN : 0) | (_sendWaits ? EpollEvents.EPOLLOUT : 0);

        private void OnReady(EpollEvents events)
        {
            if ((events & EpollEvents.EPOLLERR) != 0)
            {
                Lose();
                return;
            }

            if ((events & EpollEvents.EPOLLOUT) != 0 && Send())
            {
                // Called again for as long as the tap takes frames, with others in between.
                _sendWaits = true;
                _watch?.Change(Wanted);
            }

            if ((events & EpollEvents.EPOLLIN) != 0)
            {
                Receive();
            }
        }

        /// <summary>The interface is gone for good. What the driver sends is dropped.</summary>
        private void Lose()
        {
            _watch?.Dispose();
            _watch = null;
            device.ShowLink(false);
        }
    }
}
