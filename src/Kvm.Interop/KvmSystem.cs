using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>The kernel's virtualization device, <c>/dev/kvm</c>.</summary>
public sealed class KvmSystem : IDisposable
{
    private readonly PosixFile _file;

    private KvmSystem(PosixFile file)
    {
        _file = file;
        MaxIpaBits = CheckExtension(KvmCapability.KVM_CAP_ARM_VM_IPA_SIZE);
        VcpuMmapSize = (ulong)Libc.Check(Libc.Ioctl(file, KvmIoctl.KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE", file);
    }

    /// <summary>The widest guest physical address that a VM may have, in bits; 0 on a kernel that knows only the 40 bits of its default.</summary>
    public int MaxIpaBits { get; }

    /// <summary>Size of the area that a vCPU shares with the kernel, in bytes.</summary>
    public ulong VcpuMmapSize { get; }

    /// <summary>Opens the device and checks that it speaks KVM's stable interface (version 12).</summary>
    /// <exception cref="LinuxException">There is no such device, it may not be opened, or it is not KVM; the hint says what to do.</exception>
    public static KvmSystem Open(string path = "/dev/kvm")
    {
        int number = Libc.Open(path, (int)(OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), 0);
        if (number < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new LinuxException("open", path, errno, OpenHint(path, errno));
        }

        PosixFile file = PosixFile.FromOpen(number, path);
        try
        {
            int version = Libc.Ioctl(file, KvmIoctl.KVM_GET_API_VERSION, 0);
            if (version < 0)
            {
                LinuxException.ThrowLast("KVM_GET_API_VERSION", path, "this is not the kernel's KVM device");
            }

            if (version != KvmConstants.KVM_API_VERSION)
            {
                throw new LinuxException(
                    $"KVM_GET_API_VERSION (answer {version}, needed {KvmConstants.KVM_API_VERSION})",
                    path,
                    Errno.EPROTONOSUPPORT,
                    "the kernel is too old");
            }

            return new KvmSystem(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Asks for an extension of the whole host.</summary>
    /// <returns>0 when it is missing, else 1 or the extension's number. A VM can have less: ask <see cref="KvmVm.CheckExtension"/> for those.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public int CheckExtension(KvmCapability capability) =>
        Libc.Check(Libc.Ioctl(_file, KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability), "KVM_CHECK_EXTENSION", _file);

    /// <summary>Makes a VM without memory, vCPUs or devices.</summary>
    /// <exception cref="LinuxException">The host cannot make such a VM; the hint says why where it is known.</exception>
    public KvmVm CreateVm(KvmVmType type)
    {
        int number = Libc.Ioctl(_file, KvmIoctl.KVM_CREATE_VM, (nuint)type.Value);
        if (number < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new LinuxException($"KVM_CREATE_VM(0x{type.Value:x})", _file.Name, errno, CreateHint(type, errno));
        }

        return new KvmVm(new FileDescriptor(number, type.Protected ? "protected VM" : "VM"), type, VcpuMmapSize);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string? OpenHint(string path, int errno) => errno switch
    {
        Errno.ENOENT => "KVM is missing: the kernel lacks it, its module is not loaded, or the firmware started Linux without EL2",
        Errno.EACCES or Errno.EPERM => $"access is for root and the group '{UnixGroup.OwnerOf(path)}': add yourself to it and log in again",
        Errno.ENXIO or Errno.ENODEV => "the device file exists but no driver answers: KVM is not initialized on this machine",
        _ => null,
    };

    private string? CreateHint(KvmVmType type, int errno)
    {
        int limit = MaxIpaBits == 0 ? 40 : MaxIpaBits;
        return errno switch
        {
            Errno.EINVAL when type.IpaBits > limit => $"{type.IpaBits} address bits asked, this host gives a guest at most {limit}",
            Errno.EINVAL when type.Protected =>
                "a protected VM needs Linux 7.1 or later on the host, booted with kvm-arm.mode=protected",
            Errno.EINVAL when type.IpaBits is > 0 and < 32 => $"{type.IpaBits} address bits asked, 32 are the fewest",
            Errno.ENOMEM => "the host is short of memory",
            _ => null,
        };
    }
}
