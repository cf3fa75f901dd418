namespace Virtio.Net;

/// <summary>Numbers of linux/virtio_net.h (virtio 1.3, section 5.1).</summary>
internal static class VirtioNet
{
    internal const int VIRTIO_NET_F_CSUM = 0;
    internal const int VIRTIO_NET_F_GUEST_CSUM = 1;
    internal const int VIRTIO_NET_F_CTRL_GUEST_OFFLOADS = 2;
    internal const int VIRTIO_NET_F_MTU = 3;
    internal const int VIRTIO_NET_F_MAC = 5;
    internal const int VIRTIO_NET_F_GUEST_TSO4 = 7;
    internal const int VIRTIO_NET_F_GUEST_TSO6 = 8;
    internal const int VIRTIO_NET_F_GUEST_ECN = 9;
    internal const int VIRTIO_NET_F_HOST_TSO4 = 11;
    internal const int VIRTIO_NET_F_HOST_TSO6 = 12;
    internal const int VIRTIO_NET_F_HOST_ECN = 13;
    internal const int VIRTIO_NET_F_MRG_RXBUF = 15;
    internal const int VIRTIO_NET_F_STATUS = 16;
    internal const int VIRTIO_NET_F_CTRL_VQ = 17;
    internal const int VIRTIO_NET_F_CTRL_RX = 18;
    internal const int VIRTIO_NET_F_CTRL_RX_EXTRA = 20;
    internal const int VIRTIO_NET_F_MQ = 22;
    internal const int VIRTIO_NET_F_CTRL_MAC_ADDR = 23;
    internal const int VIRTIO_NET_F_GUEST_USO4 = 54;
    internal const int VIRTIO_NET_F_GUEST_USO6 = 55;
    internal const int VIRTIO_NET_F_HOST_USO = 56;

    internal const ushort VIRTIO_NET_S_LINK_UP = 1;

    internal const byte VIRTIO_NET_OK = 0;
    internal const byte VIRTIO_NET_ERR = 1;

    internal const byte VIRTIO_NET_CTRL_RX = 0;
    internal const byte VIRTIO_NET_CTRL_RX_PROMISC = 0;
    internal const byte VIRTIO_NET_CTRL_RX_NOBCAST = 5;
    internal const byte VIRTIO_NET_CTRL_MAC = 1;
    internal const byte VIRTIO_NET_CTRL_MAC_TABLE_SET = 0;
    internal const byte VIRTIO_NET_CTRL_MAC_ADDR_SET = 1;
    internal const byte VIRTIO_NET_CTRL_MQ = 4;
    internal const byte VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET = 0;
    internal const byte VIRTIO_NET_CTRL_GUEST_OFFLOADS = 5;
    internal const byte VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET = 0;

    internal const ushort VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN = 1;
    internal const ushort VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MAX = 0x8000;

    /// <summary>Length of <c>struct virtio_net_hdr_v1</c>, which precedes each frame in both directions.</summary>
    internal const int HeaderSize = 12;

    /// <summary>Where <c>num_buffers</c> lies in it.</summary>
    internal const int BufferCountOffset = 10;

    /// <summary>Header, Ethernet header with a VLAN tag, and the longest IP packet.</summary>
    internal const int MaxFrameSize = HeaderSize + 18 + 65535;

    /// <summary>The least that is a frame: header and Ethernet header.</summary>
    internal const int MinFrameSize = HeaderSize + 14;

    /// <summary>Features that say which frames the driver takes; those that it may change by the control queue.</summary>
    internal const ulong GuestOffloads =
        (1UL << VIRTIO_NET_F_GUEST_CSUM) | (1UL << VIRTIO_NET_F_GUEST_TSO4) | (1UL << VIRTIO_NET_F_GUEST_TSO6) | (1UL << VIRTIO_NET_F_GUEST_ECN)
        | (1UL << VIRTIO_NET_F_GUEST_USO4) | (1UL << VIRTIO_NET_F_GUEST_USO6);
}
