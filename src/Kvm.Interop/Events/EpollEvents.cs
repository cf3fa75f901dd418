namespace Kvm.Interop.Events;

/// <summary>What a descriptor is watched for and what it became (linux/eventpoll.h).</summary>
[Flags]
#pragma warning disable CS1591 // the names are the header's, described in epoll_ctl(2)
public enum EpollEvents : uint
{
    None = 0,
    EPOLLIN = 0x1,
    EPOLLPRI = 0x2,
    EPOLLOUT = 0x4,
    EPOLLERR = 0x8,
    EPOLLHUP = 0x10,
    EPOLLRDHUP = 0x2000,
    EPOLLEXCLUSIVE = 1u << 28,
    EPOLLONESHOT = 1u << 30,
    EPOLLET = 1u << 31,
}
