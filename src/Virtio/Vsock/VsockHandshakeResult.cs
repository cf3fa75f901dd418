namespace Virtio.Vsock;

/// <summary>What a host program's first line was.</summary>
internal enum VsockHandshakeResult
{
    /// <summary>It has not all come.</summary>
    Incomplete,

    /// <summary>It names a port.</summary>
    Port,

    /// <summary>It is something else, or the program has left.</summary>
    Refused,
}
