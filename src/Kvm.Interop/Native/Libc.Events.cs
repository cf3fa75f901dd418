using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Native;

/// <content>eventfd(2), timerfd_create(2), epoll(7).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int eventfd(uint initialValue, int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int timerfd_create(int clock, int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int timerfd_settime(FileDescriptor fd, int flags, itimerspec* newValue, itimerspec* oldValue);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int epoll_ctl(FileDescriptor epoll, int operation, FileDescriptor fd, void* entry);

    /// <summary>Waits until a descriptor of the set is ready. A negative time-out waits for ever.</summary>
    internal static int EpollWait(FileDescriptor epoll, void* entries, int count, int timeoutMilliseconds)
    {
        long deadline = Environment.TickCount64 + timeoutMilliseconds;
        int result;
        while ((result = epoll_wait(epoll, entries, count, timeoutMilliseconds)) < 0 && Interrupted)
        {
            timeoutMilliseconds = Remaining(deadline, timeoutMilliseconds);
        }

        return result;
    }

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int epoll_wait(FileDescriptor epoll, void* entries, int count, int timeoutMilliseconds);
}
