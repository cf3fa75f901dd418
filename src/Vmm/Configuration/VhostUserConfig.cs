using Virtio.Net;

namespace Vmm.Configuration;

/// <summary>One device that another process serves: a <c>--vhost-user</c> option or one of its older forms.</summary>
public sealed record VhostUserConfig
{
    /// <summary>The option that asked for it, for messages.</summary>
    public string Option { get; init; } = "--vhost-user";

    /// <summary>What it is to the guest.</summary>
    public VhostUserDeviceType Type { get; init; }

    /// <summary>The back end's socket.</summary>
    public required string Socket { get; init; }

    /// <summary>The size of each queue.</summary>
    public ulong MaxQueueSize { get; init; } = 256;

    /// <summary>Offer packed queues where the back end has them.</summary>
    public bool PackedQueue { get; init; }

    /// <summary>The name by which the guest mounts a folder; null: the back end's.</summary>
    public string? Tag { get; init; }

    /// <summary>A network card's address where the back end has none; null: a random one.</summary>
    public MacAddress? Mac { get; init; }
}
