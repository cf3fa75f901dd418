using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Sockets;

/// <summary>An address of AF_VSOCK (vsock(7)).</summary>
/// <param name="Cid">The machine: 2 is the host.</param>
/// <param name="Port">The port; below 1024 for the privileged.</param>
public readonly record struct VsockAddress(uint Cid, uint Port)
{
    /// <summary>Any address of this machine (VMADDR_CID_ANY).</summary>
    public const uint AnyCid = LibcConstants.VMADDR_CID_ANY;

    /// <summary>Any free port (VMADDR_PORT_ANY).</summary>
    public const uint AnyPort = LibcConstants.VMADDR_PORT_ANY;

    /// <summary>The host, as a guest addresses it (VMADDR_CID_HOST).</summary>
    public const uint HostCid = 2;

    private const string DevicePath = "/dev/vsock";

    /// <summary>This machine's own address (IOCTL_VM_SOCKETS_GET_LOCAL_CID on /dev/vsock).</summary>
    /// <exception cref="LinuxException">The kernel has no AF_VSOCK (ENOENT), or the device may not be opened (EACCES).</exception>
    public static uint LocalCid()
    {
        using PosixFile device = PosixFile.Open(DevicePath, OpenFlags.O_RDONLY);
        uint cid = 0;
        Libc.Check(Libc.Ioctl(device, LibcConstants.IOCTL_VM_SOCKETS_GET_LOCAL_CID, ref cid), nameof(LibcConstants.IOCTL_VM_SOCKETS_GET_LOCAL_CID), device);
        return cid;
    }

    /// <inheritdoc/>
    public override string ToString() => $"vsock:{(Cid == AnyCid ? "any" : $"{Cid}")}:{(Port == AnyPort ? "any" : $"{Port}")}";

    internal sockaddr_vm ToNative() => new() { svm_family = LibcConstants.AF_VSOCK, svm_cid = Cid, svm_port = Port };
}
