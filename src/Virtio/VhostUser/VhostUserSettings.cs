using Kvm.Interop.Sockets;

namespace Virtio.VhostUser;

/// <summary>How a device reaches its back end and what its driver sees.</summary>
/// <param name="Kind">The type of device.</param>
/// <param name="Name">The name for messages: "fs 1".</param>
/// <param name="Connect">Makes a connection; called again after a reset by the driver when the last one was lost.</param>
public sealed record VhostUserSettings(VhostUserKind Kind, string Name, Func<StreamSocket> Connect)
{
    /// <summary>The size of each queue, a power of two.</summary>
    public ushort QueueSize { get; init; } = 256;

    /// <summary>Offer the packed layout where the back end has it.</summary>
    public bool PackedQueue { get; init; }

    /// <summary>How long the back end may take for an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told, in a line each, when a back end is lost and when there is one again.</summary>
    public Action<string> Report { get; init; } = _ => { };
}
