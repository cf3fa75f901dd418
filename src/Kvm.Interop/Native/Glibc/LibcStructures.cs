using System.Runtime.InteropServices;

namespace Kvm.Interop.Native.Glibc;

// Structures whose layout the C library decides (glibc on a 64-bit system).

internal unsafe struct iovec
{
    internal void* iov_base;
    internal nuint iov_len;
}

internal unsafe struct msghdr
{
    internal void* msg_name;
    internal uint msg_namelen;
    internal iovec* msg_iov;
    internal nuint msg_iovlen;
    internal void* msg_control;
    internal nuint msg_controllen;
    internal int msg_flags;
}

internal struct cmsghdr
{
    internal nuint cmsg_len;
    internal int cmsg_level;
    internal int cmsg_type;
}

internal unsafe struct sockaddr_un
{
    internal const int PathCapacity = 108;

    internal ushort sun_family;
    internal fixed byte sun_path[PathCapacity];
}

/// <summary>linux/vm_sockets.h; as long as <see cref="sockaddr"/>.</summary>
internal unsafe struct sockaddr_vm
{
    internal ushort svm_family;
    internal ushort svm_reserved1;
    internal uint svm_port;
    internal uint svm_cid;
    internal byte svm_flags;
    internal fixed byte svm_zero[3];
}

internal struct ucred
{
    internal int pid;
    internal uint uid;
    internal uint gid;
}

internal unsafe struct sockaddr
{
    internal ushort sa_family;
    internal fixed byte sa_data[14];
}

/// <summary>net/if.h, with the members of its union that are used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct ifreq
{
    [FieldOffset(0)] internal fixed byte ifr_name[LibcConstants.IF_NAMESIZE];
    [FieldOffset(16)] internal short ifr_flags;
    [FieldOffset(16)] internal int ifr_mtu;
    [FieldOffset(16)] internal sockaddr ifr_addr;
}

/// <summary>sys/statfs.h, with the member that is read here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct statfs
{
    [FieldOffset(0)] internal long f_type;
}

internal unsafe struct sigset_t
{
    internal fixed ulong __val[16];
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct sigaction
{
    internal void* sa_handler;
    internal sigset_t sa_mask;
    internal int sa_flags;
    internal void* sa_restorer;
}

/// <summary>spawn.h; its members are the C library's own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal struct posix_spawn_file_actions_t
{
    [FieldOffset(8)] private readonly nint _alignment;
}

/// <summary>spawn.h; its members are the C library's own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 336)]
internal struct posix_spawnattr_t
{
    [FieldOffset(8)] private readonly nint _alignment;
}

/// <summary>signal.h, with the members that waitid(2) fills in.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct siginfo_t
{
    [FieldOffset(0)] internal int si_signo;
    [FieldOffset(8)] internal int si_code;
    [FieldOffset(16)] internal int si_pid;
    [FieldOffset(24)] internal int si_status;
}
