using System.Text;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>The address of a Unix socket (unix(7)).</summary>
internal static unsafe class UnixSocketAddress
{
    /// <summary>The longest path, in bytes of UTF-8; a zero follows it.</summary>
    internal const int MaxLength = sockaddr_un.PathCapacity - 1;

    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    internal static sockaddr_un Of(string path)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or > MaxLength)
        {
            throw new ArgumentException($"the socket path '{path}' has {length} bytes; 1 to {MaxLength} are possible", nameof(path));
        }

        sockaddr_un address = new() { sun_family = LibcConstants.AF_UNIX };
        Encoding.UTF8.GetBytes(path, new Span<byte>(address.sun_path, sockaddr_un.PathCapacity));
        return address;
    }
}
