using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Native;

/// <content>mount(2), umount2(2), syncfs(2).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mount(string source, string target, string type, nuint flags, string? data);

    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int umount2(string target, int flags);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int syncfs(FileDescriptor fd);

}
