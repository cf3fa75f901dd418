using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Net;

/// <summary>Tells when an interface comes up, goes down or is deleted (rtnetlink(7)). Needs no privilege.</summary>
/// <remarks>Readable when something has happened to any interface of the network namespace that the thread which made it is in.</remarks>
public sealed unsafe class LinkMonitor : FileDescriptor
{
    private const int BufferSize = 16 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly int _index;

    private LinkMonitor(int number, string interfaceName)
        : base(number, $"link monitor of {interfaceName}") => _index = (int)Libc.if_nametoindex(interfaceName);

    /// <summary>Watches an interface; one that this namespace does not have never changes.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public static LinkMonitor Open(string interfaceName)
    {
        const int Type = LibcConstants.SOCK_RAW | LibcConstants.SOCK_CLOEXEC | LibcConstants.SOCK_NONBLOCK;
        int number = Libc.Check(Libc.socket(LibcConstants.AF_NETLINK, Type, NetlinkConstants.NETLINK_ROUTE), "socket", "netlink");
        // The index is taken after the subscription: what happens from here on is told.
        FileDescriptor socket = new(number, "netlink");
        sockaddr_nl address = new() { nl_family = LibcConstants.AF_NETLINK, nl_groups = NetlinkConstants.RTMGRP_LINK };
        if (Libc.bind(socket, &address, (uint)sizeof(sockaddr_nl)) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            socket.Dispose();
            throw new LinuxException("bind", "netlink", errno);
        }

        socket.SetHandleAsInvalid();
        return new LinkMonitor(number, interfaceName);
    }

    /// <summary>Takes what was told.</summary>
    /// <param name="missed">There was more than the kernel keeps: the state may have changed unseen.</param>
    /// <returns>Whether the interface is up; null when nothing was said of it.</returns>
    public bool? TakeState(out bool missed)
    {
        missed = false;
        bool? up = null;
        fixed (byte* buffer = _buffer)
        {
            while (true)
            {
                nint length = Libc.Read(this, buffer, BufferSize);
                if (length < 0)
                {
                    if (Marshal.GetLastPInvokeError() != Errno.ENOBUFS)
                    {
                        return up;
                    }

                    missed = true;
                    continue;
                }

                up = Find(_buffer.AsSpan(0, (int)length)) ?? up;
            }
        }
    }

    private bool? Find(ReadOnlySpan<byte> messages)
    {
        bool? up = null;
        while (messages.Length >= sizeof(nlmsghdr))
        {
            nlmsghdr head = MemoryMarshal.Read<nlmsghdr>(messages);
            int length = (int)Math.Min(head.nlmsg_len, (uint)messages.Length);
            if (length < sizeof(nlmsghdr))
            {
                break;
            }

            if (length >= sizeof(nlmsghdr) + sizeof(ifinfomsg) && head.nlmsg_type is NetlinkConstants.RTM_NEWLINK or NetlinkConstants.RTM_DELLINK)
            {
                ifinfomsg link = MemoryMarshal.Read<ifinfomsg>(messages[sizeof(nlmsghdr)..]);
                if (link.ifi_index == _index)
                {
                    up = head.nlmsg_type == NetlinkConstants.RTM_NEWLINK && (link.ifi_flags & LibcConstants.IFF_UP) != 0;
                }
            }

            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }

        return up;
    }
}
