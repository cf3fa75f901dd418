using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Native;

/// <content>fallocate(2), fdatasync(2), flock(2), fstatfs(2), lseek(2).</content>
internal static unsafe partial class Libc
{
    internal static int Allocate(FileDescriptor fd, int mode, long offset, long length)
    {
        int result;
        do
        {
            result = fallocate(fd, mode, offset, length);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static int DataSync(FileDescriptor fd)
    {
        int result;
        do
        {
            result = fdatasync(fd);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static int Lock(FileDescriptor fd, int operation)
    {
        int result;
        do
        {
            result = flock(fd, operation);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial long lseek(FileDescriptor fd, long offset, int whence);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int fstatfs(FileDescriptor fd, statfs* result);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int fallocate(FileDescriptor fd, int mode, long offset, long length);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int fdatasync(FileDescriptor fd);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int flock(FileDescriptor fd, int operation);
}
