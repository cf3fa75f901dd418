using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>A KVM descriptor with device attributes: numbered values in numbered groups (KVM_SET_DEVICE_ATTR).</summary>
/// <remarks>A VM, a vCPU and a device have them; the kernel's Documentation/virt/kvm/devices lists the groups.</remarks>
public abstract class KvmAttributeTarget : IDisposable
{
    private protected KvmAttributeTarget(FileDescriptor descriptor) => Descriptor = descriptor;

    /// <summary>The descriptor, whose name appears in errors.</summary>
    internal FileDescriptor Descriptor { get; }

    /// <summary>Whether the kernel has an attribute. On a protected VM's own descriptor this is always false.</summary>
    public bool HasDeviceAttr(uint group, ulong attribute)
    {
        kvm_device_attr argument = new() { group = group, attr = attribute };
        return Libc.Ioctl(Descriptor, KvmIoctl.KVM_HAS_DEVICE_ATTR, ref argument) == 0;
    }

    /// <summary>Sets an attribute that has no value, such as an initialization command.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetDeviceAttr(uint group, ulong attribute) => SetDeviceAttr(group, attribute, 0, null);

    /// <summary>Sets an attribute.</summary>
    /// <typeparam name="T">The type that the attribute's documentation gives, width included.</typeparam>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetDeviceAttr<T>(uint group, ulong attribute, T value)
        where T : unmanaged => SetDeviceAttr(group, attribute, value, null);

    /// <summary>Reads an attribute.</summary>
    /// <typeparam name="T">The type that the attribute's documentation gives, width included.</typeparam>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe T GetDeviceAttr<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        T value = default;
        kvm_device_attr argument = new() { group = group, attr = attribute, addr = (ulong)&value };
        // SAFETY: the kernel writes the attribute's width, which the caller states with T, to a local that lives through the call.
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_GET_DEVICE_ATTR, ref argument) < 0)
        {
            LinuxException.ThrowLast($"KVM_GET_DEVICE_ATTR(group {group}, attribute 0x{attribute:x})", Descriptor.Name);
        }

        return value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets an attribute, naming it in the error as the header does.</summary>
    private protected unsafe void SetDeviceAttr<T>(uint group, ulong attribute, T value, string? name, string? hint = null)
        where T : unmanaged
    {
        kvm_device_attr argument = new() { group = group, attr = attribute, addr = (ulong)&value };
        // SAFETY: the kernel reads the attribute's width, which the caller states with T, from a local that lives through the call.
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_DEVICE_ATTR, ref argument) < 0)
        {
            string call = $"KVM_SET_DEVICE_ATTR({name ?? $"group {group}, attribute 0x{attribute:x}"})";
            throw new LinuxException(call, Descriptor.Name, Marshal.GetLastPInvokeError(), hint);
        }
    }

    /// <summary>Closes what the object holds.</summary>
    private protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Descriptor.Dispose();
        }
    }
}
