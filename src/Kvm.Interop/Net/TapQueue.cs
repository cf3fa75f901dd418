using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Net;

/// <summary>One queue of a tap interface: whole Ethernet frames, each behind a <c>struct virtio_net_hdr</c> (linux/if_tun.h).</summary>
/// <remarks>
/// Non-blocking and closed on exec. The kernel copies from and to the buffers, so a private page of a protected guest gives EFAULT and no signal.
/// The interface vanishes with its last queue unless it was made persistent (<c>ip tuntap add</c>).
/// </remarks>
public sealed unsafe class TapQueue : FileDescriptor
{
    /// <summary>The longest name of an interface in bytes.</summary>
    public const int MaxNameLength = LibcConstants.IF_NAMESIZE - 1;

    private const string DevicePath = "/dev/net/tun";
    private const ushort Flags = TunConstants.IFF_TAP | TunConstants.IFF_NO_PI | TunConstants.IFF_VNET_HDR;

    private TapQueue(int number, string interfaceName, bool isMultiQueue)
        : base(number, $"tap {interfaceName}")
    {
        InterfaceName = interfaceName;
        IsMultiQueue = isMultiQueue;
    }

    /// <summary>The interface's name.</summary>
    public string InterfaceName { get; }

    /// <summary>Further queues of the interface can be opened.</summary>
    public bool IsMultiQueue { get; }

    /// <summary>Attaches to an interface that exists, or makes it.</summary>
    /// <param name="interfaceName">At most 15 bytes; a <c>%d</c> in it becomes the first free number.</param>
    /// <param name="multiQueue">The interface has, or gets, several queues; each call opens one more.</param>
    /// <exception cref="LinuxException">The interface cannot be had; the hint says what to do.</exception>
    public static TapQueue Open(string interfaceName, bool multiQueue)
    {
        int number = Libc.Open(DevicePath, (int)(OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), 0);
        if (number < 0)
        {
            LinuxException.ThrowLast("open", DevicePath, Marshal.GetLastPInvokeError() switch
            {
                Errno.ENOENT or Errno.ENODEV => "load the kernel module: modprobe tun",
                Errno.EACCES => $"access is for root and the group '{UnixGroup.OwnerOf(DevicePath)}'",
                _ => null,
            });
        }

        using FileDescriptor device = new(number, DevicePath);
        ifreq request = NetworkInterface.Request(interfaceName);
        request.ifr_flags = unchecked((short)(Flags | (multiQueue ? TunConstants.IFF_MULTI_QUEUE : 0)));
        if (Libc.Ioctl(device, TunConstants.TUNSETIFF, ref request) < 0)
        {
            LinuxException.ThrowLast("TUNSETIFF", $"tap {interfaceName}", Marshal.GetLastPInvokeError() switch
            {
                Errno.EPERM => "to make or attach to it takes CAP_NET_ADMIN, unless root gave it to you: ip tuntap add NAME mode tap user YOU",
                Errno.EBUSY => "another program uses it",
                Errno.EINVAL => multiQueue
                    ? "it is no tap interface, or was made for one queue: ip tuntap add NAME mode tap multi_queue"
                    : "it is no tap interface, or was made for several queues (multi_queue)",
                _ => null,
            });
        }

        return Wrap(device, NetworkInterface.NameOf(request), multiQueue);
    }

    /// <summary>Takes over a queue that the process was started with.</summary>
    /// <param name="number">An open <c>/dev/net/tun</c>, attached as a tap with IFF_VNET_HDR and IFF_NO_PI.</param>
    /// <exception cref="LinuxException">It is none, or lacks one of the flags.</exception>
    public static new TapQueue FromNumber(int number)
    {
        using FileDescriptor device = FileDescriptor.FromNumber(number);
        ifreq request = default;
        if (Libc.Ioctl(device, TunConstants.TUNGETIFF, ref request) < 0)
        {
            LinuxException.ThrowLast("TUNGETIFF", device.Name, "the descriptor is no queue of a tap interface");
        }

        ushort flags = unchecked((ushort)request.ifr_flags);
        if ((flags & Flags) != Flags)
        {
            throw new LinuxException(
                "TUNGETIFF", device.Name, Errno.EINVAL, $"its flags are 0x{flags:x}; it must be opened with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR");
        }

        TapQueue tap = Wrap(device, NetworkInterface.NameOf(request), (flags & TunConstants.IFF_MULTI_QUEUE) != 0);
        try
        {
            tap.SetNonBlocking(true);
            tap.SetInheritable(false);
            return tap;
        }
        catch
        {
            tap.Dispose();
            throw;
        }
    }

    /// <summary>Sets the length of the header before each frame (TUNSETVNETHDRSZ): 12 bytes for <c>struct virtio_net_hdr_v1</c>.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetHeaderSize(int bytes) => Libc.Check(Libc.Ioctl(this, TunConstants.TUNSETVNETHDRSZ, ref bytes), "TUNSETVNETHDRSZ", this);

    /// <summary>Says what frames the reader takes, for all queues of the interface (TUNSETOFFLOAD).</summary>
    /// <returns>False when the kernel does not know one of them, or the interface is gone.</returns>
    public bool TrySetOffloads(TapOffloads offloads) => Libc.Ioctl(this, TunConstants.TUNSETOFFLOAD, (uint)offloads) >= 0;

    /// <summary>Has the kernel use this queue of several, or not (TUNSETQUEUE). What was waiting in it is lost.</summary>
    /// <returns>False when it was so already, or the interface is gone.</returns>
    public bool TrySetAttached(bool attached)
    {
        ifreq request = default;
        request.ifr_flags = unchecked((short)(attached ? TunConstants.IFF_ATTACH_QUEUE : TunConstants.IFF_DETACH_QUEUE));
        return Libc.Ioctl(this, TunConstants.TUNSETQUEUE, ref request) >= 0;
    }

    /// <summary>Whether the interface is up: it takes a frame without waiting.</summary>
    public bool IsUp() => Libc.Poll(this, EventConstants.POLLOUT, 0, out short ready) > 0 && ready == EventConstants.POLLOUT;

    /// <summary>Takes the next frame, cut where the buffers end.</summary>
    /// <param name="vectors">At most 1024 pieces.</param>
    /// <returns>Bytes written to the buffers, header included; or an error number, negated: EAGAIN without a frame, EBADFD when the interface is gone.</returns>
    public int Receive(ReadOnlySpan<IoVector> vectors)
    {
        // SAFETY: pinned for the call; who made the vectors keeps what they point to.
        fixed (IoVector* pointer = vectors)
        {
            nint result = Libc.ReadVectors(this, pointer, vectors.Length);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends one frame.</summary>
    /// <param name="vectors">The header, then the frame; at most 1024 pieces.</param>
    /// <returns>Its length; or an error number, negated: EAGAIN when it has to wait, EIO while the interface is down, EBADFD when it is gone, EINVAL for a header that makes no sense.</returns>
    public int Send(ReadOnlySpan<IoVector> vectors)
    {
        // SAFETY: as in Receive.
        fixed (IoVector* pointer = vectors)
        {
            nint result = Libc.WriteVectors(this, pointer, vectors.Length);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    private static TapQueue Wrap(FileDescriptor device, string interfaceName, bool multiQueue)
    {
        TapQueue tap = new(device.Number, interfaceName, multiQueue);
        device.SetHandleAsInvalid();
        return tap;
    }
}
