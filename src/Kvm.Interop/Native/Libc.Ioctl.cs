using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Native;

/// <content>ioctl(2).</content>
internal static unsafe partial class Libc
{
    // ioctl is variadic; on ARM64 and x86-64 Linux an integer argument is passed as a named one would be.
    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int ioctl(FileDescriptor fd, nuint request, nuint argument);

    /// <summary>An ioctl whose argument is a number.</summary>
    internal static int Ioctl(FileDescriptor fd, uint request, nuint argument)
    {
        int result;
        do
        {
            result = ioctl(fd, request, argument);
        }
        while (result < 0 && Interrupted);

        return result;
    }

    /// <summary>An ioctl whose argument is the address of a structure.</summary>
    internal static int Ioctl<T>(FileDescriptor fd, uint request, ref T argument)
        where T : unmanaged
    {
        // SAFETY: pinned for the call; the caller passes the type that the request number encodes.
        fixed (T* pointer = &argument)
        {
            return Ioctl(fd, request, (nuint)pointer);
        }
    }
}
