using System.Collections.Immutable;
using Kvm.Interop;
using Kvm.Interop.Events;
using Virtio.Queues;

namespace Virtio.Vsock;

/// <summary>A socket device (virtio 1.3, section 5.10) whose host side is Unix sockets, for hosts without vhost-vsock and users without its privileges.</summary>
/// <remarks>
/// <para>
/// To the guest: a program connects to PATH, sends <c>CONNECT port\n</c>, reads <c>OK hostport\n</c>, and is connected to that port of the guest.
/// From the guest: a connection to CID 2, port P, reaches the program that listens at PATH_P. Both as in Firecracker and cloud-hypervisor.
/// </para>
/// <para>
/// A SOCK_SEQPACKET connection of the guest reaches a SOCK_SEQPACKET listener at PATH_P, and programs reach the guest's SOCK_SEQPACKET listeners
/// through PATH.seqpacket; messages stay whole. AF_UNIX has no MSG_EOR, so that flag ends here.
/// </para>
/// <para>
/// Data goes between guest buffers and sockets in one copy by the kernel, which works for protected guests too. A connection holds what a slow host
/// program has not taken, never more than the credit it gave; nothing is read from a socket before the guest has credit and a buffer for it.
/// </para>
/// </remarks>
public sealed class UnixVsockDevice : LoopDevice, IDeviceCounters
{
    /// <summary>What follows PATH in the name of the socket for SOCK_SEQPACKET.</summary>
    public const string MessagesSuffix = ".seqpacket";

    private const int MaxPackets = 64; // from the guest for one notification, so that other devices come to their turn

    private readonly uint _cid;
    private readonly VsockReceiveQueue _receive;
    private readonly VsockMuxer _muxer;
    private readonly DriverPace _pace = new();
    private readonly VsockCapture? _capture;

    /// <summary>Listens at the path and beside it.</summary>
    /// <param name="loop">Does the work.</param>
    /// <param name="cid">The guest's CID; see <see cref="VsockAddress"/>.</param>
    /// <param name="path">PATH.</param>
    /// <param name="capture">Takes a copy of every packet, and is disposed with the device.</param>
    /// <exception cref="ArgumentException">The path is too long for the address of a socket.</exception>
    /// <exception cref="LinuxException">A path cannot be listened at: EADDRINUSE when another program does.</exception>
    public UnixVsockDevice(EventLoop loop, uint cid, string path, VsockCapture? capture = null)
        : this(loop, cid, path, capture, VsockTimes.Default)
    {
    }

    internal UnixVsockDevice(EventLoop loop, uint cid, string path, VsockCapture? capture, VsockTimes times)
        : base(loop)
    {
        _cid = cid;
        _capture = capture;
        _receive = new VsockReceiveQueue(Counters, capture);
        _muxer = new VsockMuxer(loop, cid, path, _receive, Counters, times);
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Vsock;

    /// <inheritdoc/>
    public override string Name => "vsock";

    /// <inheritdoc/>
    public override ulong Features =>
        (1UL << VsockConstants.VIRTIO_VSOCK_F_STREAM) | (1UL << VsockConstants.VIRTIO_VSOCK_F_SEQPACKET)
        | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.PackedRing;

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; } =
        [.. Enumerable.Repeat(VsockConstants.QueueSize, VsockConstants.QueueCount)];

    /// <summary>What has passed through it.</summary>
    public VsockCounters Counters { get; } = new();

    /// <inheritdoc/>
    DeviceCounters IDeviceCounters.Counters =>
        new(Counters.PacketsToGuest, Counters.BytesToGuest, Counters.PacketsFromGuest, Counters.BytesFromGuest);

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data) => VsockAddress.ReadConfiguration(_cid, offset, data);

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        DeviceActivation activation = Activation!;
        EventFd? receiveKick = activation.Queues[VsockConstants.ReceiveQueue]?.Kick;
        EventFd? transmitKick = activation.Queues[VsockConstants.TransmitQueue]?.Kick;
        _receive.Attach(Queues[VsockConstants.ReceiveQueue]);
        // A kick of our own is the turn after everyone else's.
        _muxer.Start(
            activation.Has(1UL << VsockConstants.VIRTIO_VSOCK_F_SEQPACKET),
            onRoom: () => transmitKick?.Signal(),
            onMore: () => receiveKick?.Signal());
    }

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        switch (queue.Index)
        {
            case VsockConstants.ReceiveQueue:
                _muxer.OnBuffers();
                return false;
            case VsockConstants.TransmitQueue:
                return Transmit(queue);
            default:
                return false; // the buffers of the event queue wait for an event, which only a restored guest gets
        }
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        _muxer.Stop();
        _receive.Attach(null);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _muxer.Dispose();
        _capture?.Dispose();
    }

    private bool Transmit(Virtqueue queue)
    {
        queue.DisableNotifications();
        int packets = 0;
        while (packets < MaxPackets && _muxer.CanReceive
            && (queue.TryPop(out DescriptorChain? chain) || (packets > 0 && _pace.Awaits(static ring => ring.HasNext, queue) && queue.TryPop(out chain))))
        {
            _muxer.Receive(chain, _capture);
            queue.Push(chain, 0);
            packets++;
        }

        queue.Publish();
        _muxer.Pump();
        // While refusals wait for the guest's buffers nothing is taken; the muxer kicks when they have gone.
        return packets == MaxPackets || (_muxer.CanReceive && queue.EnableNotifications());
    }
}
