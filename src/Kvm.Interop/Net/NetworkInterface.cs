using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Net;

/// <summary>A network interface of the host, by name (netdevice(7)). Each change takes CAP_NET_ADMIN.</summary>
public static unsafe class NetworkInterface
{
    /// <summary>Gives it an IPv4 address and the mask of its network.</summary>
    /// <exception cref="LinuxException">EPERM without CAP_NET_ADMIN, ENODEV without such an interface.</exception>
    public static void SetAddress(string name, IPAddress address, IPAddress mask)
    {
        Configure(name, TunConstants.SIOCSIFADDR, nameof(TunConstants.SIOCSIFADDR), Internet(address));
        Configure(name, TunConstants.SIOCSIFNETMASK, nameof(TunConstants.SIOCSIFNETMASK), Internet(mask));
    }

    /// <summary>Sets the largest payload of a frame in bytes.</summary>
    /// <exception cref="LinuxException">EINVAL for one that the interface cannot have.</exception>
    public static void SetMtu(string name, int mtu) =>
        Configure(name, TunConstants.SIOCSIFMTU, nameof(TunConstants.SIOCSIFMTU), new ifreq { ifr_mtu = mtu });

    /// <summary>Brings it up or takes it down.</summary>
    /// <exception cref="LinuxException">EPERM without CAP_NET_ADMIN, ENODEV without such an interface.</exception>
    public static void SetUp(string name, bool up)
    {
        ifreq request = Configure(name, TunConstants.SIOCGIFFLAGS, nameof(TunConstants.SIOCGIFFLAGS), default);
        request.ifr_flags = (short)(up ? request.ifr_flags | LibcConstants.IFF_UP : request.ifr_flags & ~LibcConstants.IFF_UP);
        Configure(name, TunConstants.SIOCSIFFLAGS, nameof(TunConstants.SIOCSIFFLAGS), request);
    }

    /// <summary>What an interface has moved since it was made (proc_pid_net(5), dev).</summary>
    /// <returns>Null for an interface that is not in the calling thread's network namespace.</returns>
    public static InterfaceStatistics? Statistics(string name)
    {
        const int SentColumn = 8;
        foreach (string line in File.ReadLines("/proc/thread-self/net/dev"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0 && line.AsSpan(0, colon).Trim().SequenceEqual(name))
            {
                long[] columns =
                [
                    .. line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(static column => long.Parse(column, NumberStyles.None, CultureInfo.InvariantCulture)),
                ];
                return new InterfaceStatistics(columns[1], columns[0], columns[SentColumn + 1], columns[SentColumn]);
            }
        }

        return null;
    }

    /// <summary>A request about an interface.</summary>
    internal static ifreq Request(string name)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or > TapQueue.MaxNameLength)
        {
            throw new ArgumentException($"the interface name '{name}' has {length} bytes; 1 to {TapQueue.MaxNameLength} are possible", nameof(name));
        }

        ifreq request = default;
        Encoding.UTF8.GetBytes(name, new Span<byte>(request.ifr_name, LibcConstants.IF_NAMESIZE));
        return request;
    }

    /// <summary>The name in an answer.</summary>
    internal static string NameOf(ifreq request) => Marshal.PtrToStringUTF8((nint)request.ifr_name)!;

    private static ifreq Configure(string name, uint call, string callName, ifreq content)
    {
        ifreq request = Request(name);
        // The name is the first half, what is asked for the second.
        new Span<byte>(&content, sizeof(ifreq))[LibcConstants.IF_NAMESIZE..].CopyTo(new Span<byte>(&request, sizeof(ifreq))[LibcConstants.IF_NAMESIZE..]);
        const int Type = LibcConstants.SOCK_DGRAM | LibcConstants.SOCK_CLOEXEC;
        using FileDescriptor socket = new(Libc.Check(Libc.socket(LibcConstants.AF_INET, Type, 0), "socket", name), name);
        Libc.Check(Libc.Ioctl(socket, call, ref request), callName, name);
        return request;
    }

    private static ifreq Internet(IPAddress address)
    {
        ifreq request = default;
        request.ifr_addr.sa_family = LibcConstants.AF_INET;
        // struct sockaddr_in: a port, then the address in network order.
        address.TryWriteBytes(new Span<byte>(request.ifr_addr.sa_data, 14)[sizeof(ushort)..], out _);
        return request;
    }
}
