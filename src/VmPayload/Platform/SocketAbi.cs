namespace VmPayload.Platform;

/// <summary>Numbers of Linux' socket and file calls, the same on every architecture of ours.</summary>
internal static class SocketAbi
{
    // linux/socket.h, linux/net.h
    internal const int AF_UNIX = 1;
    internal const int AF_VSOCK = 40;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_RCVTIMEO = 20;
    internal const int SHUT_RDWR = 2;
    internal const int MSG_PEEK = 2;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;

    // linux/un.h
    internal const int UnixPathLength = 108;

    // linux/vm_sockets.h: struct sockaddr_vm { u16 family; u16 reserved; u32 port; u32 cid; u8 flags; u8 zero[3]; }
    internal const int VsockAddressLength = 16;
    internal const uint VMADDR_CID_ANY = 0xffff_ffff;
    internal const uint VMADDR_CID_HOST = 2;

    // asm-generic/errno-base.h, errno.h
    internal const int EINTR = 4;
    internal const int ENOMEM = 12;
    internal const int ENFILE = 23;
    internal const int EMFILE = 24;
    internal const int EPROTO = 71;
    internal const int ECONNABORTED = 103;
    internal const int ENOBUFS = 105;

    // linux/stat.h, linux/fcntl.h
    internal const int AT_FDCWD = -100;
    internal const uint STATX_TYPE = 1;
    internal const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
    internal const int StatXLength = 256;
    internal const int StatXAttributes = 8;
}
