namespace Virtio.Vsock;

/// <summary>Constants of linux/virtio_vsock.h and linux/vm_sockets.h (virtio 1.3, section 5.10).</summary>
internal static class VsockConstants
{
    internal const int VIRTIO_VSOCK_F_STREAM = 0;
    internal const int VIRTIO_VSOCK_F_SEQPACKET = 1;

    internal const ushort VIRTIO_VSOCK_TYPE_STREAM = 1;
    internal const ushort VIRTIO_VSOCK_TYPE_SEQPACKET = 2;

    internal const ushort VIRTIO_VSOCK_OP_REQUEST = 1;
    internal const ushort VIRTIO_VSOCK_OP_RESPONSE = 2;
    internal const ushort VIRTIO_VSOCK_OP_RST = 3;
    internal const ushort VIRTIO_VSOCK_OP_SHUTDOWN = 4;
    internal const ushort VIRTIO_VSOCK_OP_RW = 5;
    internal const ushort VIRTIO_VSOCK_OP_CREDIT_UPDATE = 6;
    internal const ushort VIRTIO_VSOCK_OP_CREDIT_REQUEST = 7;

    internal const uint VIRTIO_VSOCK_SHUTDOWN_RCV = 1;
    internal const uint VIRTIO_VSOCK_SHUTDOWN_SEND = 2;
    internal const uint ShutdownBoth = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;

    internal const uint VIRTIO_VSOCK_SEQ_EOM = 1;

    internal const ulong VMADDR_CID_HOST = 2;
    internal const uint VMADDR_PORT_ANY = uint.MaxValue;

    /// <summary>Queues, in the order of their numbers (section 5.10.2).</summary>
    internal const int ReceiveQueue = 0;
    internal const int TransmitQueue = 1;
    internal const int QueueCount = 3;

    /// <summary>The descriptors that a queue may have.</summary>
    internal const ushort QueueSize = 256;

    /// <summary>Bytes of the configuration: <c>le64 guest_cid</c> (section 5.10.4).</summary>
    internal const int ConfigurationSize = sizeof(ulong);
}
