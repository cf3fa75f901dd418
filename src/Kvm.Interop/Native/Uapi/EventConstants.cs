namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/eventpoll.h, linux/timerfd.h, linux/time.h and asm-generic/poll.h.</summary>
internal static class EventConstants
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;
    internal const int CLOCK_MONOTONIC = 1;
    internal const int TFD_CLOEXEC = 0x80000;
    internal const int TFD_NONBLOCK = 0x800;
    internal const short POLLIN = 1;
    internal const short POLLOUT = 4;
}
