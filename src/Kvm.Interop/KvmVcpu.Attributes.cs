using Kvm.Interop.Memory;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <content>Device attributes of a vCPU (the kernel's Documentation/virt/kvm/devices/vcpu.rst).</content>
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Whether the vCPU has a performance monitor, that is was initialized with <see cref="VcpuFeatures.PmuV3"/>.</summary>
    public bool HasPmu => HasDeviceAttr(KvmConstants.KVM_ARM_VCPU_PMU_V3_CTRL, KvmConstants.KVM_ARM_VCPU_PMU_V3_INIT);

    /// <summary>Whether the kernel can tell the guest about stolen time.</summary>
    public bool HasPvTime => HasDeviceAttr(KvmConstants.KVM_ARM_VCPU_PVTIME_CTRL, KvmConstants.KVM_ARM_VCPU_PVTIME_IPA);

    /// <summary>Sets the interrupt of the performance monitor and turns it on; after the GIC is initialized, before the first run.</summary>
    /// <param name="intId">INTID of a PPI (16 to 31), the same on all vCPUs.</param>
    /// <exception cref="LinuxException">The kernel refused: ENODEV without the feature, EBUSY when it is on already.</exception>
    public void InitPmu(int intId)
    {
        SetDeviceAttr(
            KvmConstants.KVM_ARM_VCPU_PMU_V3_CTRL, KvmConstants.KVM_ARM_VCPU_PMU_V3_IRQ, intId, nameof(KvmConstants.KVM_ARM_VCPU_PMU_V3_IRQ));
        SetDeviceAttr(
            KvmConstants.KVM_ARM_VCPU_PMU_V3_CTRL, KvmConstants.KVM_ARM_VCPU_PMU_V3_INIT, 0UL, nameof(KvmConstants.KVM_ARM_VCPU_PMU_V3_INIT));
    }

    /// <summary>Sets the interrupts of the timers for all vCPUs of the VM; before the first run.</summary>
    /// <param name="virtualIntId">INTID of the virtual timer's PPI (16 to 31).</param>
    /// <param name="physicalIntId">INTID of the physical timer's PPI, another one.</param>
    /// <exception cref="LinuxException">The kernel refused: EBUSY once a vCPU has run.</exception>
    public void SetTimerIrqs(int virtualIntId, int physicalIntId)
    {
        SetDeviceAttr(
            KvmConstants.KVM_ARM_VCPU_TIMER_CTRL,
            KvmConstants.KVM_ARM_VCPU_TIMER_IRQ_VTIMER,
            virtualIntId,
            nameof(KvmConstants.KVM_ARM_VCPU_TIMER_IRQ_VTIMER));
        SetDeviceAttr(
            KvmConstants.KVM_ARM_VCPU_TIMER_CTRL,
            KvmConstants.KVM_ARM_VCPU_TIMER_IRQ_PTIMER,
            physicalIntId,
            nameof(KvmConstants.KVM_ARM_VCPU_TIMER_IRQ_PTIMER));
    }

    /// <summary>Tells the kernel where to write the vCPU's stolen time; before the first run.</summary>
    /// <param name="address">64 bytes of guest memory on a boundary of 64.</param>
    /// <exception cref="LinuxException">The kernel refused: EEXIST when it is set, ENXIO where it cannot.</exception>
    public void SetPvTime(GuestAddress address) =>
        SetDeviceAttr(
            KvmConstants.KVM_ARM_VCPU_PVTIME_CTRL, KvmConstants.KVM_ARM_VCPU_PVTIME_IPA, address.Value, nameof(KvmConstants.KVM_ARM_VCPU_PVTIME_IPA));
}
