using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Native;

/// <content>if_nametoindex(3), bind(2) of netlink(7).</content>
internal static unsafe partial class Libc
{
    [LibraryImport(LibraryName, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint if_nametoindex(string name);

    [LibraryImport(LibraryName, SetLastError = true)]
    internal static partial int bind(FileDescriptor fd, sockaddr_nl* address, uint length);
}
