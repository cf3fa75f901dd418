using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Native;

/// <content>readv(2), writev(2), preadv(2), pwritev(2), pwritev2(2).</content>
internal static unsafe partial class Libc
{
    internal static nint ReadVectors(FileDescriptor fd, IoVector* vectors, int count)
    {
        nint result;
        do
        {
            result = readv(fd, vectors, count);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint WriteVectors(FileDescriptor fd, IoVector* vectors, int count)
    {
        nint result;
        do
        {
            result = writev(fd, vectors, count);
        }
        while (result < 0 && Interrupted);

        return result;
    }

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

    internal static nint WriteVectors(FileDescriptor fd, IoVector* vectors, int count, long offset, int flags)
    {
        nint result;
        do
        {
            result = pwritev2(fd, vectors, count, offset, flags);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint readv(FileDescriptor fd, IoVector* vectors, int count);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint writev(FileDescriptor fd, IoVector* vectors, int count);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint preadv(FileDescriptor fd, IoVector* vectors, int count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint pwritev(FileDescriptor fd, IoVector* vectors, int count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint pwritev2(FileDescriptor fd, IoVector* vectors, int count, long offset, int flags);
}
