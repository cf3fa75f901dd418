using System.Runtime.InteropServices;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Native;

/// <content>io_uring_setup(2), io_uring_enter(2), io_uring_register(2), for which the C library has no wrappers.</content>
internal static unsafe partial class Libc
{
    internal static int IoUringSetup(uint entries, io_uring_params* parameters) =>
        (int)syscall(IoUringConstants.__NR_io_uring_setup, (nint)entries, (nint)parameters, 0, 0, 0, 0);

    internal static int IoUringEnter(int ring, uint submit, uint complete, uint flags) =>
        (int)syscall(IoUringConstants.__NR_io_uring_enter, ring, (nint)submit, (nint)complete, (nint)flags, 0, 0);

    internal static int IoUringRegister(int ring, uint operation) =>
        (int)syscall(IoUringConstants.__NR_io_uring_register, ring, (nint)operation, 0, 0, 0, 0);

    // syscall is variadic; on ARM64 and x86-64 Linux an integer argument is passed as a named one would be.
    [LibraryImport(LibraryName, SetLastError = true)]
    private static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
