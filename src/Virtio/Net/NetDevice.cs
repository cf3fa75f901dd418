using System.Collections.Immutable;
using Kvm.Interop.Events;
using Kvm.Interop.Net;
using Virtio.Queues;

namespace Virtio.Net;

/// <summary>A network card on the queues of a tap interface: configuration, features and control queue. Who moves the frames is a derived class's.</summary>
/// <remarks>
/// Queue 2N is pair N's receive queue, 2N + 1 its transmit queue; the control queue comes last (virtio 1.3, section 5.1.2). A tap that is deleted,
/// or is not up, shows as a link that is down; nothing else happens.
/// </remarks>
public abstract class NetDevice : LoopDevice, NetControl.ITarget, IDeviceCounters
{
    /// <summary>The most pairs of queues: the kernel's limit for a tap is 256, the guest has at most 16 vCPUs.</summary>
    public const int MaxPairs = 16;

    private const ushort DataQueueSize = 256;
    private const ushort ControlQueueSize = 64;

    private readonly NetSettings _settings;
    private readonly NetConfiguration _configuration;
    private readonly LinkMonitor _monitor;
    private readonly EventWatch _monitorWatch;

    /// <param name="loop">Does the device's work.</param>
    /// <param name="settings">What the driver sees.</param>
    /// <param name="taps">A queue of the same interface for each pair; closed with the device.</param>
    private protected NetDevice(EventLoop loop, NetSettings settings, ImmutableArray<TapQueue> taps)
        : base(loop)
    {
        _settings = settings;
        Taps = taps;
        _configuration = new NetConfiguration(settings.Mac, (ushort)taps.Length, settings.Mtu ?? 0);
        foreach (TapQueue tap in taps)
        {
            tap.SetHeaderSize(VirtioNet.HeaderSize);
        }

        TapFeatures = FeaturesOf(taps[0]);
        _monitor = LinkMonitor.Open(taps[0].InterfaceName);
        _configuration.SetLink(taps[0].IsUp());
        _monitorWatch = loop.Watch(_monitor, EpollEvents.EPOLLIN, _ => FollowLink());
        QueueSizes = [.. Enumerable.Repeat(DataQueueSize, 2 * taps.Length), ControlQueueSize];
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Net;

    /// <inheritdoc/>
    public override string Name => _settings.Name;

    /// <inheritdoc/>
    /// <remarks>The tap counts, so the frames that the kernel moves by itself (vhost) are among them.</remarks>
    public DeviceCounters Counters => NetworkInterface.Statistics(Taps[0].InterfaceName) is { } host
        ? new DeviceCounters(host.SentPackets, host.SentBytes, host.ReceivedPackets, host.ReceivedBytes)
        : default;

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; }

    /// <inheritdoc/>
    public override ulong Features =>
        TapFeatures | Bit(VirtioNet.VIRTIO_NET_F_MAC) | Bit(VirtioNet.VIRTIO_NET_F_STATUS) | Bit(VirtioNet.VIRTIO_NET_F_CTRL_VQ)
        | Bit(VirtioNet.VIRTIO_NET_F_CTRL_RX) | Bit(VirtioNet.VIRTIO_NET_F_CTRL_RX_EXTRA) | Bit(VirtioNet.VIRTIO_NET_F_CTRL_MAC_ADDR)
        | (Taps.Length > 1 ? Bit(VirtioNet.VIRTIO_NET_F_MQ) : 0)
        | (_settings.Mtu is not null ? Bit(VirtioNet.VIRTIO_NET_F_MTU) : 0)
        | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | (_settings.PackedQueue ? VirtioFeatures.PackedRing : 0);

    /// <summary>Whether the driver is shown a link.</summary>
    internal bool LinkUp => _configuration.LinkUp;

    /// <summary>A queue of the interface for each pair.</summary>
    private protected ImmutableArray<TapQueue> Taps { get; }

    /// <summary>How many pairs the driver uses.</summary>
    private protected int ActivePairs { get; private set; }

    /// <summary>What the interface can do for the driver, and the driver for it.</summary>
    private protected ulong TapFeatures { get; }

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data) => _configuration.Read(offset, data);

    bool NetControl.ITarget.Has(int feature) => Has(feature);

    void NetControl.ITarget.SetMac(MacAddress mac) => _configuration.Mac = mac;

    bool NetControl.ITarget.SetPairs(int pairs)
    {
        if (pairs < VirtioNet.VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN || pairs > Taps.Length)
        {
            return false;
        }

        for (int i = 0; i < 2 * pairs; i++)
        {
            if (Activation!.Queues[i] is null)
            {
                return false;
            }
        }

        UsePairs(pairs);
        return true;
    }

    bool NetControl.ITarget.SetOffloads(ulong offloads)
    {
        if ((offloads & ~(Activation!.Features & VirtioNet.GuestOffloads)) != 0)
        {
            return false;
        }

        return Taps[0].TrySetOffloads(ToTap(offloads));
    }

    /// <inheritdoc/>
    protected override void OnActivated()
    {
        Taps[0].TrySetOffloads(ToTap(Activation!.Features & VirtioNet.GuestOffloads));
        UsePairs(1);
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        StopPairs(0);
        ActivePairs = 0;
        _configuration.Mac = _settings.Mac;
    }

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (queue.Index != ControlIndex(Activation!))
        {
            return queue.Index < 2 * ActivePairs && OnDataNotified(queue);
        }

        // One at a time: a command can take several system calls, and other devices wait meanwhile.
        if (!queue.TryPop(out DescriptorChain? chain))
        {
            return queue.EnableNotifications();
        }

        byte answer = NetControl.Execute(chain, this);
        queue.Push(chain, chain.TryWrite(0, answer) ? 1u : 0u);
        queue.Publish();
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _monitorWatch.Dispose();
            _monitor.Dispose();
            foreach (TapQueue tap in Taps)
            {
                tap.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>A pair of queues is in use from now on.</summary>
    private protected abstract void StartPair(int pair);

    /// <summary>A pair of queues is out of use from now on.</summary>
    private protected abstract void StopPair(int pair);

    /// <summary>The driver has notified a queue of a pair that is in use.</summary>
    private protected abstract bool OnDataNotified(Virtqueue queue);

    /// <summary>The link has come up or gone down.</summary>
    private protected void ShowLink(bool up)
    {
        if (_configuration.SetLink(up))
        {
            Activation?.Signals.ConfigurationChanged();
        }
    }

    /// <summary>The control queue's number: without VIRTIO_NET_F_MQ there is one pair before it.</summary>
    private protected int ControlIndex(DeviceActivation activation) =>
        activation.Has(Bit(VirtioNet.VIRTIO_NET_F_MQ)) ? 2 * Taps.Length : 2;

    private protected bool Has(int feature) => Activation!.Has(Bit(feature));

    private protected static ulong Bit(int feature) => 1UL << feature;

    private void FollowLink()
    {
        bool? up = _monitor.TakeState(out bool missed);
        if (missed)
        {
            up = Taps[0].IsUp();
        }

        if (up is { } state)
        {
            ShowLink(state);
        }
    }

    private void UsePairs(int pairs)
    {
        StopPairs(pairs);
        for (int i = 0; i < Taps.Length && Taps.Length > 1; i++)
        {
            Taps[i].TrySetAttached(i < pairs);
        }

        for (int i = ActivePairs; i < pairs; i++)
        {
            // Counted first: a pair that cannot be started is stopped with the others.
            ActivePairs = i + 1;
            StartPair(i);
        }
    }

    private void StopPairs(int first)
    {
        for (int i = ActivePairs - 1; i >= first; i--)
        {
            StopPair(i);
            ActivePairs = i;
        }
    }

    /// <summary>What the kernel's tap can do beside the checksum, found by asking for it.</summary>
    private static ulong FeaturesOf(TapQueue tap)
    {
        const TapOffloads Segments = TapOffloads.TUN_F_CSUM | TapOffloads.TUN_F_TSO4 | TapOffloads.TUN_F_TSO6;
        ulong features = Bit(VirtioNet.VIRTIO_NET_F_MRG_RXBUF);
        if (tap.TrySetOffloads(TapOffloads.TUN_F_CSUM))
        {
            features |= Bit(VirtioNet.VIRTIO_NET_F_CSUM) | Bit(VirtioNet.VIRTIO_NET_F_GUEST_CSUM) | Bit(VirtioNet.VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
        }

        if (tap.TrySetOffloads(Segments | TapOffloads.TUN_F_TSO_ECN))
        {
            features |= Bit(VirtioNet.VIRTIO_NET_F_HOST_TSO4) | Bit(VirtioNet.VIRTIO_NET_F_HOST_TSO6) | Bit(VirtioNet.VIRTIO_NET_F_HOST_ECN)
                | Bit(VirtioNet.VIRTIO_NET_F_GUEST_TSO4) | Bit(VirtioNet.VIRTIO_NET_F_GUEST_TSO6) | Bit(VirtioNet.VIRTIO_NET_F_GUEST_ECN);
        }

        if (tap.TrySetOffloads(Segments | TapOffloads.TUN_F_USO4 | TapOffloads.TUN_F_USO6))
        {
            features |= Bit(VirtioNet.VIRTIO_NET_F_HOST_USO) | Bit(VirtioNet.VIRTIO_NET_F_GUEST_USO4) | Bit(VirtioNet.VIRTIO_NET_F_GUEST_USO6);
        }

        tap.TrySetOffloads(TapOffloads.None);
        return features;
    }

    /// <summary>The kernel gives segments only to who takes their checksums, and USO only for both versions of IP at once.</summary>
    private static TapOffloads ToTap(ulong features)
    {
        bool Offered(int feature) => (features & Bit(feature)) != 0;
        if (!Offered(VirtioNet.VIRTIO_NET_F_GUEST_CSUM))
        {
            return TapOffloads.None;
        }

        bool tso4 = Offered(VirtioNet.VIRTIO_NET_F_GUEST_TSO4);
        bool tso6 = Offered(VirtioNet.VIRTIO_NET_F_GUEST_TSO6);
        bool uso = Offered(VirtioNet.VIRTIO_NET_F_GUEST_USO4) && Offered(VirtioNet.VIRTIO_NET_F_GUEST_USO6);
        return TapOffloads.TUN_F_CSUM
            | (tso4 ? TapOffloads.TUN_F_TSO4 : 0)
            | (tso6 ? TapOffloads.TUN_F_TSO6 : 0)
            | ((tso4 || tso6) && Offered(VirtioNet.VIRTIO_NET_F_GUEST_ECN) ? TapOffloads.TUN_F_TSO_ECN : 0)
            | (uso ? TapOffloads.TUN_F_USO4 | TapOffloads.TUN_F_USO6 : 0);
    }
}
