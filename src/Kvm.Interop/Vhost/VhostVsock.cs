using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Vhost;

/// <summary>The kernel's vsock back end: ring 0 is the driver's receive queue, ring 1 its transmit queue.</summary>
/// <param name="descriptor">An open <c>/dev/vhost-vsock</c>; closed with this object.</param>
public sealed class VhostVsock(FileDescriptor descriptor) : VhostDevice(descriptor)
{
    /// <summary>The device file.</summary>
    public const string DefaultPath = "/dev/vhost-vsock";

    /// <summary>The number of rings.</summary>
    public const int RingCount = 2;

    /// <summary>Reserves the guest's address on this host (VHOST_VSOCK_SET_GUEST_CID), until the device is closed.</summary>
    /// <param name="cid">3 to 2^32 - 2.</param>
    /// <exception cref="LinuxException">EADDRINUSE when another VM has it, EINVAL for one that is reserved.</exception>
    public void SetGuestCid(ulong cid)
    {
        if (Libc.Ioctl(Descriptor, VhostIoctl.VHOST_VSOCK_SET_GUEST_CID, ref cid) < 0)
        {
            LinuxException.ThrowLast($"{nameof(VhostIoctl.VHOST_VSOCK_SET_GUEST_CID)}({cid})", Name, Marshal.GetLastPInvokeError() switch
            {
                Errno.EADDRINUSE => "another virtual machine on this host has that CID: choose another",
                _ => null,
            });
        }
    }

    /// <summary>Starts the work on both rings, or stops it; when it has stopped, the kernel no longer touches them (VHOST_VSOCK_SET_RUNNING).</summary>
    /// <exception cref="LinuxException">EFAULT for rings that were not set up.</exception>
    public void SetRunning(bool running)
    {
        int value = running ? 1 : 0;
        Check(
            Libc.Ioctl(Descriptor, VhostIoctl.VHOST_VSOCK_SET_RUNNING, ref value), $"{nameof(VhostIoctl.VHOST_VSOCK_SET_RUNNING)}({value})");
    }
}
