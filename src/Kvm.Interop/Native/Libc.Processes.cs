using System.Runtime.InteropServices;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Native;

/// <content>gettid(2), geteuid(2), prctl(2), getrlimit(2), prlimit(2), getrandom(2).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName)]
    internal static partial int gettid();

    [LibraryImport(LibraryName)]
    internal static partial uint geteuid();

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int prctl(int option, nuint argument, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int getrlimit(int resource, rlimit64* limit);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int setrlimit(int resource, rlimit64* limit);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int prlimit64(int process, int resource, rlimit64* limit, rlimit64* previous);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial nint getrandom(void* buffer, nuint length, uint flags);
}
