using System.Runtime.InteropServices;

namespace Kvm.Interop.Native;

/// <content>Mappings: mmap(2), munmap(2), madvise(2), mprotect(2), mlock(2).</content>
internal static unsafe partial class Libc
{
    /// <summary>What mmap(2) returns when it fails.</summary>
    internal const nint MAP_FAILED = -1;

    /// <summary>The host's page size in bytes.</summary>
    internal static ulong PageSize { get; } = (ulong)Environment.SystemPageSize;

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial nint mmap(nint address, nint length, int protection, int flags, int fd, long offset);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int munmap(nint address, nuint length);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int madvise(nint address, nuint length, int advice);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int mprotect(nint address, nuint length, int protection);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int mlock(nint address, nuint length);
}
