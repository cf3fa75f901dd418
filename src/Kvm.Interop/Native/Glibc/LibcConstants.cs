namespace Kvm.Interop.Native.Glibc;

/// <summary>
/// Constants of sys/socket.h, linux/vm_sockets.h (which needs it), net/if.h, signal.h, sys/eventfd.h, sys/resource.h, sys/prctl.h, sys/mount.h, spawn.h and
/// sys/wait.h.
/// </summary>
internal static class LibcConstants
{
    internal const int AF_UNIX = 1;
    internal const int AF_INET = 2;
    internal const int AF_NETLINK = 16;
    internal const int AF_VSOCK = 40;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_SEQPACKET = 5;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_ERROR = 4;
    internal const int SO_SNDBUF = 7;
    internal const int SO_PEERCRED = 17;
    internal const int SO_PEEK_OFF = 42;
    internal const int SHUT_RD = 0;
    internal const int SHUT_WR = 1;
    internal const int SHUT_RDWR = 2;
    internal const int SCM_RIGHTS = 1;
    internal const int MSG_PEEK = 0x2;
    internal const int MSG_CTRUNC = 0x8;
    internal const int MSG_TRUNC = 0x20;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;

    internal const uint VMADDR_CID_ANY = uint.MaxValue;
    internal const uint VMADDR_PORT_ANY = uint.MaxValue;
    internal const uint IOCTL_VM_SOCKETS_GET_LOCAL_CID = 0x7b9;

    internal const short IFF_UP = 1;
    internal const int IF_NAMESIZE = 16;

    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;

    internal const int SA_RESTART = 0x10000000;
    internal const int SIG_UNBLOCK = 1;

    internal const int RLIMIT_NOFILE = 7;
    internal const int RLIMIT_MEMLOCK = 8;
    internal const int PR_SET_NAME = 15;
    internal const int PR_SET_VMA = 0x53564d41;
    internal const int PR_SET_VMA_ANON_NAME = 0;

    internal const int MNT_DETACH = 2;

    internal const short POSIX_SPAWN_SETPGROUP = 0x02;
    internal const short POSIX_SPAWN_SETSIGDEF = 0x04;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x08;
    internal const int P_PIDFD = 3;
    internal const int WEXITED = 4;
    internal const int WNOHANG = 1;
    internal const int CLD_EXITED = 1;
    internal const int SIGKILL = 9;
}
