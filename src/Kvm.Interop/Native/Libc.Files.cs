using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Native;

/// <content>Files: open(2), close(2), read(2), write(2), pread(2), pwrite(2), ftruncate(2), fcntl(2), poll(2), statx(2), memfd_create(2), lchown(2), link(2).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int fcntl(FileDescriptor fd, int command, nint argument);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int lchown(string path, uint user, uint group);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int link(string path, string name);

    internal static int Open(string path, int flags, uint mode)
    {
        int result;
        do
        {
            result = open(path, flags, mode);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint Read(FileDescriptor fd, void* buffer, nuint count)
    {
        nint result;
        do
        {
            result = read(fd, buffer, count);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint Write(FileDescriptor fd, void* buffer, nuint count)
    {
        nint result;
        do
        {
            result = write(fd, buffer, count);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint ReadAt(FileDescriptor fd, void* buffer, nuint count, long offset)
    {
        nint result;
        do
        {
            result = pread(fd, buffer, count, offset);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static nint WriteAt(FileDescriptor fd, void* buffer, nuint count, long offset)
    {
        nint result;
        do
        {
            result = pwrite(fd, buffer, count, offset);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    internal static int Truncate(FileDescriptor fd, long length)
    {
        int result;
        do
        {
            result = ftruncate(fd, length);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    /// <summary>Waits for one descriptor. A negative time-out waits for ever.</summary>
    internal static int Poll(FileDescriptor fd, short events, int timeoutMilliseconds) => Poll(fd, events, timeoutMilliseconds, out _);

    /// <summary>Waits for one descriptor and tells what it is ready for. A negative time-out waits for ever.</summary>
    internal static int Poll(FileDescriptor fd, short events, int timeoutMilliseconds, out short ready)
    {
        bool added = false;
        try
        {
            fd.DangerousAddRef(ref added);
            pollfd entry = new() { fd = fd.Number, events = events };
            long deadline = Environment.TickCount64 + timeoutMilliseconds;
            int result;
            while ((result = poll(&entry, 1, timeoutMilliseconds)) < 0 && Interrupted)
            {
                timeoutMilliseconds = Remaining(deadline, timeoutMilliseconds);
            }

            ready = entry.revents;
            return result;
        }
        finally
        {
            if (added)
            {
                fd.DangerousRelease();
            }
        }
    }

    /// <summary>The size and owner of a path, or of the descriptor when the path is empty.</summary>
    internal static int Statx(int directory, string path, int flags, uint mask, out statx result)
    {
        // SAFETY: the structure has the kernel's full 256 bytes and is pinned for the call.
        fixed (statx* pointer = &result)
        {
            return statx(directory, path, flags, mask, pointer);
        }
    }

    private static int Remaining(long deadline, int timeoutMilliseconds) =>
        timeoutMilliseconds < 0 ? -1 : (int)Math.Max(0, deadline - Environment.TickCount64);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint read(FileDescriptor fd, void* buffer, nuint count);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint write(FileDescriptor fd, void* buffer, nuint count);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint pread(FileDescriptor fd, void* buffer, nuint count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint pwrite(FileDescriptor fd, void* buffer, nuint count, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int ftruncate(FileDescriptor fd, long length);

    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial int poll(pollfd* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, statx* result);
}
