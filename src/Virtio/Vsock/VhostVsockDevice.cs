using System.Collections.Immutable;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Vhost;
using Virtio.Queues;

namespace Virtio.Vsock;

/// <summary>A socket device (virtio 1.3, section 5.10) whose connections the host's kernel serves, as AF_VSOCK sockets of host programs (vhost-vsock).</summary>
/// <remarks>
/// The receive and transmit queues are the kernel's: it is woken by the driver's notification and interrupts the driver, past this process. The event
/// queue stays here, and its buffers wait for an event that only a restored guest gets. The kernel copies, so protected guests are served too.
/// </remarks>
public sealed class VhostVsockDevice : LoopDevice
{
    private readonly VhostVsock _vhost;
    private readonly uint _cid;
    private readonly ulong _known;
    private readonly EventFd[] _errors = new EventFd[VhostVsock.RingCount];
    private readonly EventWatch[] _errorWatches = new EventWatch[VhostVsock.RingCount];

    /// <summary>Takes the address on the host.</summary>
    /// <param name="loop">Starts and stops the kernel's work.</param>
    /// <param name="vhost">An open vhost-vsock device without owner; closed with this object.</param>
    /// <param name="cid">The guest's CID; see <see cref="VsockAddress"/>.</param>
    /// <exception cref="LinuxException">EADDRINUSE when another VM has the CID, ENOTTY when the descriptor is another device's.</exception>
    public VhostVsockDevice(EventLoop loop, VhostVsock vhost, uint cid)
        : base(loop)
    {
        ArgumentNullException.ThrowIfNull(vhost);
        _vhost = vhost;
        _cid = cid;
        vhost.SetOwner();
        _known = vhost.GetFeatures();
        vhost.SetGuestCid(cid);
        for (int i = 0; i < _errors.Length; i++)
        {
            int ring = i;
            EventFd error = _errors[i] = new EventFd("vhost-vsock error");
            _errorWatches[i] = loop.Watch(error, EpollEvents.EPOLLIN, _ =>
            {
                error.TryConsume();
                Activation?.Fail($"queue {ring}: the kernel (vhost) met a buffer that it cannot use");
            });
        }
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Vsock;

    /// <inheritdoc/>
    public override string Name => "vsock";

    /// <inheritdoc/>
    public override ulong Features => _known & Offered;

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; } =
        [.. Enumerable.Repeat(VsockConstants.QueueSize, VsockConstants.QueueCount)];

    // The kernel's bits 26, 27 and 33 (logging, network header, IOMMU) have other meanings than virtio's or none; of packed rings it knows nothing.
    private static ulong Offered =>
        (1UL << VsockConstants.VIRTIO_VSOCK_F_STREAM) | (1UL << VsockConstants.VIRTIO_VSOCK_F_SEQPACKET)
        | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors;

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data) => VsockAddress.ReadConfiguration(_cid, offset, data);

    /// <inheritdoc/>
    protected override bool Serves(int queue, DeviceActivation activation) => false;

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue) => false;

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        DeviceActivation activation = Activation!;
        try
        {
            Start(activation);
        }
        catch (Exception e) when (e is LinuxException or Kvm.Interop.Memory.GuestAccessException)
        {
            activation.Fail(e.Message);
        }
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        try
        {
            // When this returns, the kernel's threads have let go of the rings; then of the eventfds.
            _vhost.SetRunning(false);
            for (int i = 0; i < VhostVsock.RingCount; i++)
            {
                _vhost.SetRingKick(i, null);
                _vhost.SetRingCall(i, null);
            }
        }
        catch (LinuxException e)
        {
            Activation!.Fail(e.Message);
        }
    }

    /// <summary>Gives the CID back. After the loop has stopped.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Array.ForEach(_errorWatches, static watch => watch.Dispose());
            _vhost.Dispose();
            Array.ForEach(_errors, static error => error.Dispose());
        }

        base.Dispose(disposing);
    }

    private void Start(DeviceActivation activation)
    {
        _vhost.SetFeatures(activation.Features & (Offered | VirtioFeatures.Version1) & _known);
        _vhost.SetMemoryTable(activation.Memory);
        for (int i = 0; i < VhostVsock.RingCount; i++)
        {
            if (activation.Queues[i] is not { } queue)
            {
                activation.Fail($"queue {i} is not enabled");
                return;
            }

            _vhost.SetRingSize(i, queue.Size);
            _vhost.SetRingBase(i, 0);
            _vhost.SetRingAddresses(i, activation.Memory, queue.DescriptorArea, queue.DriverArea, queue.DeviceArea);
            _vhost.SetRingError(i, _errors[i]);
            _vhost.SetRingCall(i, queue.Interrupt.Trigger);
            _vhost.SetRingKick(i, queue.Kick);
        }

        _vhost.SetRunning(true);
    }
}
