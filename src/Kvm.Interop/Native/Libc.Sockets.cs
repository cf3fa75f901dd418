using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Native;

/// <content>
/// socket(2), bind(2), listen(2), accept4(2), connect(2), socketpair(2), sendmsg(2), recvmsg(2), shutdown(2), setsockopt(2), getsockopt(2),
/// getsockname(2), getpeername(2).
/// </content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int bind(FileDescriptor fd, sockaddr_un* address, uint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int listen(FileDescriptor fd, int backlog);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int connect(FileDescriptor fd, sockaddr_un* address, uint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int shutdown(FileDescriptor fd, int how);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int setsockopt(FileDescriptor fd, int level, int option, void* value, uint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int bind(FileDescriptor fd, sockaddr_vm* address, uint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int connect(FileDescriptor fd, sockaddr_vm* address, uint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int getsockopt(FileDescriptor fd, int level, int option, void* value, uint* length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int getsockname(FileDescriptor fd, void* address, uint* length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int getpeername(FileDescriptor fd, void* address, uint* length);

    internal static int Accept(FileDescriptor fd, int flags)
    {
        int result;
        do
        {
            result = accept4(fd, null, null, flags);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint SendMessage(FileDescriptor fd, msghdr* message, int flags)
    {
        nint result;
        do
        {
            result = sendmsg(fd, message, flags);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint ReceiveMessage(FileDescriptor fd, msghdr* message, int flags)
    {
        nint result;
        do
        {
            result = recvmsg(fd, message, flags);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int accept4(FileDescriptor fd, void* address, uint* length, int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint sendmsg(FileDescriptor fd, msghdr* message, int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint recvmsg(FileDescriptor fd, msghdr* message, int flags);
}
