using System.Runtime.InteropServices;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Native;

/// <content>getpwuid_r(3), getgrnam_r(3), getgrgid_r(3), which return an error number; getgrouplist(3), getgroups(2), getuid(2), getegid(2).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName)]
    internal static partial uint getegid();

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int getgroups(int size, uint* groups);

    [LibraryImport(LibraryName)]
    internal static partial int getpwuid_r(uint user, passwd* entry, byte* buffer, nuint size, passwd** result);

    [LibraryImport(LibraryName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int getgrnam_r(string name, group* entry, byte* buffer, nuint size, group** result);

    [LibraryImport(LibraryName)]
    internal static partial int getgrgid_r(uint number, group* entry, byte* buffer, nuint size, group** result);

    [LibraryImport(LibraryName)]
    internal static partial int getgrouplist(byte* user, uint group, uint* groups, int* count);
}
