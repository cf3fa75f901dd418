using System.Collections.Immutable;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Net;
using Kvm.Interop.Vhost;
using Virtio.Queues;

namespace Virtio.Net;

/// <summary>A network card whose frames the kernel moves (vhost-net); the control queue is served here.</summary>
/// <remarks>The packed layout is not offered: the kernel does not know it.</remarks>
public sealed class VhostNetDevice : NetDevice
{
    private const int RingsOfPair = 2;

    // What the driver accepts and vhost must know; the rest is between driver and tap, or the VMM's.
    private const ulong VhostBits = (1UL << VirtioNet.VIRTIO_NET_F_MRG_RXBUF)
        | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.Version1;

    private readonly ImmutableArray<VhostNet> _vhosts;
    private readonly ulong _vhostFeatures;
    private readonly uint[] _bases; // where each ring goes on

    /// <param name="loop">Serves the control queue.</param>
    /// <param name="settings">What the driver sees; not the packed layout.</param>
    /// <param name="taps">A queue of the same interface for each pair; closed with the device.</param>
    /// <param name="vhosts">An open vhost-net for each pair; closed with the device.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public VhostNetDevice(EventLoop loop, NetSettings settings, ImmutableArray<TapQueue> taps, ImmutableArray<VhostNet> vhosts)
        : base(loop, settings with { PackedQueue = false }, taps)
    {
        _vhosts = vhosts;
        _bases = new uint[RingsOfPair * taps.Length];
        _vhostFeatures = vhosts[0].GetFeatures();
        foreach (VhostNet vhost in vhosts)
        {
            vhost.SetOwner();
        }
    }

    /// <inheritdoc/>
    public override ulong Features => base.Features & (~VhostBits | _vhostFeatures);

    /// <inheritdoc/>
    protected override bool Serves(int queue, DeviceActivation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return queue == ControlIndex(activation);
    }

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        foreach (VhostNet vhost in _vhosts)
        {
            vhost.SetFeatures(Activation!.Features & VhostBits & _vhostFeatures);
            vhost.SetMemoryTable(Activation.Memory);
        }

        Array.Clear(_bases);
        base.OnActivated();
    }

    private protected override void StartPair(int pair)
    {
        for (int ring = 0; ring < RingsOfPair; ring++)
        {
            if (Activation!.Queues[(RingsOfPair * pair) + ring] is { } setup)
            {
                StartRing(_vhosts[pair], ring, setup, Taps[pair], _bases[setup.Index]);
            }
        }
    }

    private protected override void StopPair(int pair)
    {
        for (int ring = 0; ring < RingsOfPair; ring++)
        {
            // Returns when the kernel no longer touches the ring.
            _vhosts[pair].SetBackEnd(ring, null);
            _bases[(RingsOfPair * pair) + ring] = _vhosts[pair].GetRingBase(ring);
        }
    }

    private protected override bool OnDataNotified(Virtqueue queue) => false;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (VhostNet vhost in _vhosts)
            {
                vhost.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void StartRing(VhostNet vhost, int ring, QueueSetup setup, TapQueue tap, uint next)
    {
        vhost.SetRingSize(ring, setup.Size);
        vhost.SetRingBase(ring, next);
        vhost.SetRingAddresses(ring, Activation!.Memory, setup.DescriptorArea, setup.DriverArea, setup.DeviceArea);
        vhost.SetRingCall(ring, setup.Interrupt.Trigger);
        vhost.SetRingKick(ring, setup.Kick);
        vhost.SetBackEnd(ring, tap);
    }
}
