using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Interrupts;

/// <summary>The kernel's GICv3: a distributor and one redistributor per vCPU (Documentation/virt/kvm/devices/arm-vgic-v3.rst).</summary>
/// <remarks>Order: create, addresses, number of interrupts, all vCPUs created, <see cref="Initialize"/>, run.</remarks>
public sealed class VgicV3 : KvmDevice
{
    /// <summary>Bytes that the distributor takes.</summary>
    public const ulong DistributorSize = 0x10000;

    /// <summary>Bytes that each vCPU's redistributor takes.</summary>
    public const ulong RedistributorSize = 0x20000;

    private const int RegionCountShift = 52;

    private VgicV3(FileDescriptor descriptor)
        : base(descriptor)
    {
    }

    /// <summary>Makes the interrupt controller of a VM.</summary>
    /// <exception cref="LinuxException">ENODEV where the host has no GICv3 for guests, EEXIST for a second one.</exception>
    public static VgicV3 Create(KvmVm vm) => new(vm.CreateDeviceDescriptor(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V3));

    /// <summary>Places the distributor.</summary>
    /// <param name="address">A multiple of 64 KiB.</param>
    /// <exception cref="LinuxException">EEXIST when it has a place, E2BIG beyond the VM's addresses.</exception>
    public void SetDistributor(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR, KvmConstants.KVM_VGIC_V3_ADDR_TYPE_DIST, address.Value, nameof(KvmConstants.KVM_VGIC_V3_ADDR_TYPE_DIST));

    /// <summary>Places the redistributors of all vCPUs one behind the other.</summary>
    /// <param name="address">A multiple of 64 KiB.</param>
    /// <exception cref="LinuxException">EEXIST when they have a place, E2BIG beyond the VM's addresses.</exception>
    public void SetRedistributors(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR,
            KvmConstants.KVM_VGIC_V3_ADDR_TYPE_REDIST,
            address.Value,
            nameof(KvmConstants.KVM_VGIC_V3_ADDR_TYPE_REDIST));

    /// <summary>Places some of the redistributors, where they cannot all be in one piece; instead of <see cref="SetRedistributors"/>.</summary>
    /// <param name="address">A multiple of 64 KiB.</param>
    /// <param name="count">How many vCPUs' redistributors, 1 to 4095.</param>
    /// <param name="index">Number of this piece, counted from 0 without gaps.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetRedistributorRegion(GuestAddress address, int count, int index) =>
        SetDeviceAttr(
            KvmConstants.KVM_DEV_ARM_VGIC_GRP_ADDR,
            KvmConstants.KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION,
            // Bits 63-52 count, 51-16 address, 15-12 flags (zero), 11-0 index.
            ((ulong)(uint)count << RegionCountShift) | address.Value | (uint)index,
            nameof(KvmConstants.KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION));

    /// <summary>Sets how many interrupts there are, SGIs and PPIs included.</summary>
    /// <param name="count">64 to 1024, a multiple of 32; 64 gives 32 SPIs.</param>
    /// <exception cref="LinuxException">EINVAL for another number, EBUSY when it is set already.</exception>
    public void SetIrqCount(uint count) =>
        SetDeviceAttr(KvmConstants.KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, count, nameof(KvmConstants.KVM_DEV_ARM_VGIC_GRP_NR_IRQS));

    /// <summary>Finishes the set-up; all vCPUs exist by then.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void Initialize() => Control(KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT, nameof(KvmConstants.KVM_DEV_ARM_VGIC_CTRL_INIT));

    /// <summary>Writes pending LPIs into the guest's pending tables, for a snapshot; no vCPU runs meanwhile.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SavePendingTables() =>
        Control(KvmConstants.KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES, nameof(KvmConstants.KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));

    private void Control(ulong command, string name) => SetDeviceAttr(KvmConstants.KVM_DEV_ARM_VGIC_GRP_CTRL, command, 0UL, name);
}
