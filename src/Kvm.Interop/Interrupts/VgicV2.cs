using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Interrupts;

/// <summary>The kernel's GICv2, for hosts that have no other (devices/arm-vgic.rst); at most 8 vCPUs, never in a protected VM.</summary>
public sealed class VgicV2 : KvmDevice
{
    private VgicV2(FileDescriptor descriptor)
        : base(descriptor)
    {
    }

    /// <summary>Makes the interrupt controller of a VM.</summary>
    /// <exception cref="LinuxException">ENODEV where the host cannot give guests a GICv2, EEXIST for a second controller.</exception>
    public static VgicV2 Create(KvmVm vm) => new(vm.CreateDeviceDescriptor(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V2));

    /// <summary>Places the distributor (4 KiB).</summary>
    /// <exception cref="LinuxException">EEXIST when it has a place, E2BIG beyond the VM's addresses.</exception>
    public void SetDistributor(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR, KvmConstants.KVM_VGIC_V2_ADDR_TYPE_DIST, address.Value, nameof(KvmConstants.KVM_VGIC_V2_ADDR_TYPE_DIST));

    /// <summary>Places the CPU interface (8 KiB).</summary>
    /// <exception cref="LinuxException">EEXIST when it has a place, E2BIG beyond the VM's addresses.</exception>
    public void SetCpuInterface(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR, KvmConstants.KVM_VGIC_V2_ADDR_TYPE_CPU, address.Value, nameof(KvmConstants.KVM_VGIC_V2_ADDR_TYPE_CPU));

    /// <summary>Sets how many interrupts there are, SGIs and PPIs included.</summary>
    /// <param name="count">64 to 1024, a multiple of 32; 64 gives 32 SPIs.</param>
    /// <exception cref="LinuxException">EINVAL for another number, EBUSY when it is set already.</exception>
    public void SetIrqCount(uint count) =>
        SetDeviceAttr(KvmConstants.KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, count, nameof(KvmConstants.KVM_DEV_ARM_VGIC_GRP_NR_IRQS));

    /// <summary>Finishes the set-up; all vCPUs exist by then.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Initialize() =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_CTRL, KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT, 0UL, nameof(KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT));
}
