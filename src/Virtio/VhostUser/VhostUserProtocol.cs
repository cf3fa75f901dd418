namespace Virtio.VhostUser;

/// <summary>Numbers of the vhost-user protocol (QEMU, docs/interop/vhost-user.rst), spelled as its text spells them.</summary>
internal static class VhostUserProtocol
{
    internal const uint VHOST_USER_GET_FEATURES = 1;
    internal const uint VHOST_USER_SET_FEATURES = 2;
    internal const uint VHOST_USER_SET_OWNER = 3;
    internal const uint VHOST_USER_SET_MEM_TABLE = 5;
    internal const uint VHOST_USER_SET_VRING_NUM = 8;
    internal const uint VHOST_USER_SET_VRING_ADDR = 9;
    internal const uint VHOST_USER_SET_VRING_BASE = 10;
    internal const uint VHOST_USER_GET_VRING_BASE = 11;
    internal const uint VHOST_USER_SET_VRING_KICK = 12;
    internal const uint VHOST_USER_SET_VRING_CALL = 13;
    internal const uint VHOST_USER_GET_PROTOCOL_FEATURES = 15;
    internal const uint VHOST_USER_SET_PROTOCOL_FEATURES = 16;
    internal const uint VHOST_USER_GET_QUEUE_NUM = 17;
    internal const uint VHOST_USER_SET_VRING_ENABLE = 18;
    internal const uint VHOST_USER_SET_BACKEND_REQ_FD = 21;
    internal const uint VHOST_USER_GET_CONFIG = 24;
    internal const uint VHOST_USER_SET_CONFIG = 25;
    internal const uint VHOST_USER_RESET_DEVICE = 34;
    internal const uint VHOST_USER_SET_STATUS = 39;

    internal const uint VHOST_USER_BACKEND_CONFIG_CHANGE_MSG = 2;

    internal const int VHOST_USER_PROTOCOL_F_MQ = 0;
    internal const int VHOST_USER_PROTOCOL_F_REPLY_ACK = 3;
    internal const int VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5;
    internal const int VHOST_USER_PROTOCOL_F_CONFIG = 9;
    internal const int VHOST_USER_PROTOCOL_F_RESET_DEVICE = 13;
    internal const int VHOST_USER_PROTOCOL_F_STATUS = 16;

    /// <summary>VHOST_USER_F_PROTOCOL_FEATURES, among the features of virtio.</summary>
    internal const ulong ProtocolFeatures = 1UL << 30;

    /// <summary>Request, flags and size, 32 bits each.</summary>
    internal const int HeaderSize = 12;

    internal const uint Version = 1;
    internal const uint VersionMask = 3;
    internal const uint ReplyFlag = 1 << 2;
    internal const uint NeedReplyFlag = 1 << 3;

    /// <summary>VHOST_USER_MAX_CONFIG_SIZE.</summary>
    internal const int MaxConfigSize = 256;

    /// <summary>Offset, size and flags before the bytes of a configuration.</summary>
    internal const int ConfigHeadSize = 12;

    /// <summary>The most regions of a memory table.</summary>
    internal const int MaxRegions = 8;

    /// <summary>The descriptor is left out.</summary>
    internal const ulong NoDescriptorFlag = 1 << 8;

    /// <summary>The longest message that either side sends here.</summary>
    internal const int MaxMessageSize = HeaderSize + ConfigHeadSize + MaxConfigSize + 64;
}
