using System.Net;
using Virtio.Net;

namespace Vmm.Configuration;

/// <summary>One network card: a <c>--net</c> option or one of its older forms.</summary>
public sealed record NetConfig
{
    /// <summary>The option that asked for it, for messages.</summary>
    public string Option { get; init; } = "--net";

    /// <summary>What it is joined to.</summary>
    public NetBackend Backend { get; init; }

    /// <summary>The interface of <see cref="NetBackend.TapName"/>.</summary>
    public string TapName { get; init; } = "";

    /// <summary>The descriptor of <see cref="NetBackend.TapFd"/>.</summary>
    public int TapFd { get; init; } = -1;

    /// <summary>The host's address on the interface of <see cref="NetBackend.NewTap"/>.</summary>
    public IPAddress? HostIp { get; init; }

    /// <summary>The mask of its network.</summary>
    public IPAddress? Netmask { get; init; }

    /// <summary>The card's address; null: a random one that belongs to no manufacturer.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Pairs of queues.</summary>
    public ulong QueuePairs { get; init; } = 1;

    /// <summary>The largest payload of a frame in bytes, told to the guest; null: the guest's choice.</summary>
    public ulong? Mtu { get; init; }

    /// <summary>The device of vhost-net, where the kernel is to move the frames; null: vmm does.</summary>
    public string? VhostNetDevice { get; init; }

    /// <summary>Offer packed queues.</summary>
    public bool PackedQueue { get; init; }

    /// <summary>The vhost-user socket of a passt that runs already; null: one is started.</summary>
    public string? PasstSocket { get; init; }

    /// <summary>Ports that passt forwards to the guest, in the form of its <c>--tcp-ports</c>.</summary>
    public string? TcpPorts { get; init; }

    /// <summary>Ports that passt forwards to the guest, in the form of its <c>--udp-ports</c>.</summary>
    public string? UdpPorts { get; init; }
}
