namespace Vmm.Configuration;

/// <summary>The socket device: <c>--vsock</c> or one of its older forms.</summary>
public sealed record VsockConfig
{
    /// <summary>The host's own device for such connections.</summary>
    public const string DefaultDevicePath = "/dev/vhost-vsock";

    /// <summary>The option that asked for it, for messages.</summary>
    public string Option { get; init; } = "--vsock";

    /// <summary>The guest's address.</summary>
    public required ulong Cid { get; init; }

    /// <summary>The host kernel's device that serves it, or <c>/proc/self/fd/N</c>; null for <see cref="DefaultDevicePath"/>.</summary>
    public string? DevicePath { get; init; }

    /// <summary>Serve it here, with Unix sockets at this path and beside it; null: by the host's kernel.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Write what passes to this file (with <see cref="SocketPath"/>).</summary>
    public string? CapturePath { get; init; }
}
