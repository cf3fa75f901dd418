using Kvm.Interop.Files;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Vhost;

/// <summary>The kernel's network back end for one pair of queues: ring 0 receives, ring 1 sends.</summary>
/// <param name="descriptor">An open <c>/dev/vhost-net</c>; closed with this object.</param>
public sealed class VhostNet(FileDescriptor descriptor) : VhostDevice(descriptor)
{
    /// <summary>The device file.</summary>
    public const string DefaultPath = "/dev/vhost-net";

    /// <summary>Joins a ring to a tap queue or a packet socket, which starts it; null stops it (VHOST_NET_SET_BACKEND).</summary>
    /// <exception cref="LinuxException">ENOTSOCK for another kind of file, EFAULT for a ring that was not set up.</exception>
    public void SetBackEnd(int index, FileDescriptor? backEnd) =>
        SetFile(VhostIoctl.VHOST_NET_SET_BACKEND, nameof(VhostIoctl.VHOST_NET_SET_BACKEND), index, backEnd);
}
