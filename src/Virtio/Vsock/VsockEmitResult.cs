namespace Virtio.Vsock;

/// <summary>How a connection's turn to send to the guest ended.</summary>
internal enum VsockEmitResult
{
    /// <summary>There is nothing more to send now, or the connection is gone.</summary>
    Done,

    /// <summary>There is more; others come first.</summary>
    Again,

    /// <summary>The guest's receive queue is empty.</summary>
    NoBuffers,
}
