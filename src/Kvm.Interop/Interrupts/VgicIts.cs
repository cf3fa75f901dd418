using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Interrupts;

/// <summary>The kernel's interrupt translation service, which turns messages of PCI devices into LPIs of a GICv3 (devices/arm-vgic-its.rst).</summary>
public sealed class VgicIts : KvmDevice
{
    /// <summary>Bytes that the ITS takes.</summary>
    public const ulong Size = 0x20000;

    /// <summary>Where messages are written, from the ITS's address on (GITS_TRANSLATER).</summary>
    public const ulong TranslaterOffset = 0x10040;

    private VgicIts(FileDescriptor descriptor)
        : base(descriptor)
    {
    }

    /// <summary>Makes an ITS; the VM has a <see cref="VgicV3"/>.</summary>
    /// <exception cref="LinuxException">ENODEV where the host has no GICv3 for guests.</exception>
    public static VgicIts Create(KvmVm vm) => new(vm.CreateDeviceDescriptor(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_ITS));

    /// <summary>Places it.</summary>
    /// <param name="address">A multiple of 64 KiB.</param>
    /// <exception cref="LinuxException">EEXIST when it has a place, E2BIG beyond the VM's addresses.</exception>
    public void SetAddress(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR, KvmConstants.KVM_VGIC_ITS_ADDR_TYPE, address.Value, nameof(KvmConstants.KVM_VGIC_ITS_ADDR_TYPE));

    /// <summary>Finishes the set-up, after <see cref="SetAddress"/> and after the GIC's own.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Initialize() => Control(KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT, nameof(KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT));

    /// <summary>Forgets what the guest told it.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Reset() => Control(KvmConstants.KVM_DEV_ARM_ITS_CTRL_RESET, nameof(KvmConstants.KVM_DEV_ARM_ITS_CTRL_RESET));

    /// <summary>Writes its tables into guest memory, for a snapshot; no vCPU runs meanwhile.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SaveTables() => Control(KvmConstants.KVM_DEV_ARM_ITS_SAVE_TABLES, nameof(KvmConstants.KVM_DEV_ARM_ITS_SAVE_TABLES));

    /// <summary>Reads its tables from guest memory.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void RestoreTables() => Control(KvmConstants.KVM_DEV_ARM_ITS_RESTORE_TABLES, nameof(KvmConstants.KVM_DEV_ARM_ITS_RESTORE_TABLES));

    private void Control(ulong command, string name) => SetDeviceAttr(KvmConstants.KVM_DEV_ARM_VGIC_GRP_CTRL, command, 0UL, name);
}
