namespace Kvm.Interop.Sockets;

/// <summary>How a Unix socket carries data (unix(7)).</summary>
public enum UnixSocketType
{
    /// <summary>Bytes in order (SOCK_STREAM).</summary>
    Stream = 1,

    /// <summary>Messages in order, each whole (SOCK_SEQPACKET).</summary>
    SeqPacket = 5,
}
