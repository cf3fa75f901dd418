namespace Kvm.Interop.Native.Uapi;

/// <summary>ioctl numbers of linux/vhost.h, where <c>VHOST_VIRTIO</c> is 0xAF.</summary>
internal static class VhostIoctl
{
    internal const uint VHOST_GET_FEATURES = 0x8008af00;
    internal const uint VHOST_SET_FEATURES = 0x4008af00;
    internal const uint VHOST_SET_OWNER = 0xaf01;
    internal const uint VHOST_SET_MEM_TABLE = 0x4008af03;
    internal const uint VHOST_SET_VRING_NUM = 0x4008af10;
    internal const uint VHOST_SET_VRING_ADDR = 0x4028af11;
    internal const uint VHOST_SET_VRING_BASE = 0x4008af12;
    internal const uint VHOST_GET_VRING_BASE = 0xc008af12;
    internal const uint VHOST_SET_VRING_KICK = 0x4008af20;
    internal const uint VHOST_SET_VRING_CALL = 0x4008af21;
    internal const uint VHOST_SET_VRING_ERR = 0x4008af22;
    internal const uint VHOST_SET_BACKEND_FEATURES = 0x4008af25;
    internal const uint VHOST_GET_BACKEND_FEATURES = 0x8008af26;

    internal const uint VHOST_NET_SET_BACKEND = 0x4008af30;

    internal const uint VHOST_VSOCK_SET_GUEST_CID = 0x4008af60;
    internal const uint VHOST_VSOCK_SET_RUNNING = 0x4004af61;
}
