using System.Runtime.InteropServices;

namespace Kvm.Interop.Native.Uapi;

// Structures of the kernel's own headers outside KVM; names, order and widths are the headers'.

/// <summary>linux/time.h on a 64-bit system.</summary>
internal struct timespec
{
    internal long tv_sec;
    internal long tv_nsec;
}

internal struct itimerspec
{
    internal timespec it_interval;
    internal timespec it_value;
}

/// <summary>linux/eventpoll.h on every architecture but x86-64, which packs it (<see cref="epoll_event_x86_64"/>).</summary>
internal struct epoll_event
{
    internal uint events;
    internal ulong data;
}

/// <summary>The same structure where <c>EPOLL_PACKED</c> applies.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct epoll_event_x86_64
{
    internal uint events;
    internal ulong data;
}

internal struct pollfd
{
    internal int fd;
    internal short events;
    internal short revents;
}

internal unsafe struct termios
{
    internal uint c_iflag;
    internal uint c_oflag;
    internal uint c_cflag;
    internal uint c_lflag;
    internal byte c_line;
    internal fixed byte c_cc[TerminalConstants.NCCS];
}

internal struct winsize
{
    internal ushort ws_row;
    internal ushort ws_col;
    internal ushort ws_xpixel;
    internal ushort ws_ypixel;
}

/// <summary>linux/resource.h; <c>rlim_t</c> is 64 bits wide.</summary>
internal struct rlimit64
{
    internal ulong rlim_cur;
    internal ulong rlim_max;
}

/// <summary>linux/stat.h, with the members that are read here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct statx
{
    [FieldOffset(0)] internal uint stx_mask;
    [FieldOffset(16)] internal uint stx_nlink;
    [FieldOffset(20)] internal uint stx_uid;
    [FieldOffset(24)] internal uint stx_gid;
    [FieldOffset(28)] internal ushort stx_mode;
    [FieldOffset(32)] internal ulong stx_ino;
    [FieldOffset(40)] internal ulong stx_size;
    [FieldOffset(136)] internal uint stx_dev_major;
    [FieldOffset(140)] internal uint stx_dev_minor;
}
