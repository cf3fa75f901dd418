using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Native;

/// <content>preadv(2), pwritev(2), fallocate(2), fdatasync(2), flock(2).</content>
internal static unsafe partial class Libc
{
    internal static nint ReadVectors(FileDescriptor fd, IoVector* vectors, int count, long offset)
    {
        nint result;
        do
        {
            result = preadv(fd, vectors, count, offset);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint WriteVectors(FileDescriptor fd, IoVector* vectors, int count, long offset)
    {
        nint result;
        do
        {
            result = pwritev(fd, vectors, count, offset);
        }
        while (result < 0 && Interrupted);

        return result;
    }

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
    private static partial nint preadv(FileDescriptor fd, IoVector* vectors, int count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint pwritev(FileDescriptor fd, IoVector* vectors, int count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int fallocate(FileDescriptor fd, int mode, long offset, long length);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int fdatasync(FileDescriptor fd);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int flock(FileDescriptor fd, int operation);
}
