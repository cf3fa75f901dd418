namespace Virtio.Vsock;

/// <summary>The life of a connection between a guest's port and a Unix socket.</summary>
internal enum VsockPhase
{
    /// <summary>Not in use.</summary>
    Free,

    /// <summary>A host program has connected and not yet said to which port.</summary>
    Handshake,

    /// <summary>The guest was asked (REQUEST) and has not yet answered.</summary>
    Requested,

    /// <summary>The guest asks for a connection and the listening host program has a full backlog.</summary>
    Connecting,

    /// <summary>Data passes; either direction may have ended.</summary>
    Established,

    /// <summary>The guest has closed; what it sent still goes to the host program.</summary>
    Draining,

    /// <summary>The host program is gone and the guest was told; it answers with RST.</summary>
    Closing,

    /// <summary>RST waits for a buffer of the guest.</summary>
    Resetting,
}
