namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/kvm.h and of ARM64's asm/kvm.h that are not part of a public enumeration.</summary>
internal static class KvmConstants
{
    internal const int KVM_API_VERSION = 12;

    internal const ulong KVM_VM_TYPE_ARM_IPA_SIZE_MASK = 0xff;
    internal const ulong KVM_VM_TYPE_ARM_PROTECTED = 1UL << 31;

    internal const uint KVM_IOEVENTFD_FLAG_DATAMATCH = 1 << 0;
    internal const uint KVM_IOEVENTFD_FLAG_DEASSIGN = 1 << 2;
    internal const uint KVM_IRQFD_FLAG_DEASSIGN = 1 << 0;
    internal const uint KVM_IRQFD_FLAG_RESAMPLE = 1 << 1;
    internal const uint KVM_IRQ_ROUTING_IRQCHIP = 1;
    internal const uint KVM_IRQ_ROUTING_MSI = 2;
    internal const uint KVM_MSI_VALID_DEVID = 1 << 0;
    internal const uint KVM_CREATE_DEVICE_TEST = 1;

    internal const int KVM_ARM_IRQ_VCPU2_SHIFT = 28;
    internal const uint KVM_ARM_IRQ_VCPU2_MASK = 0xf;
    internal const int KVM_ARM_IRQ_TYPE_SHIFT = 24;
    internal const int KVM_ARM_IRQ_VCPU_SHIFT = 16;
    internal const uint KVM_ARM_IRQ_VCPU_MASK = 0xff;
    internal const uint KVM_ARM_IRQ_NUM_MASK = 0xffff;

    internal const int KVM_ARM_VCPU_POWER_OFF = 0;
    internal const int KVM_ARM_VCPU_EL1_32BIT = 1;
    internal const int KVM_ARM_VCPU_PSCI_0_2 = 2;
    internal const int KVM_ARM_VCPU_PMU_V3 = 3;
    internal const int KVM_ARM_VCPU_SVE = 4;
    internal const int KVM_ARM_VCPU_PTRAUTH_ADDRESS = 5;
    internal const int KVM_ARM_VCPU_PTRAUTH_GENERIC = 6;
    internal const int KVM_ARM_VCPU_HAS_EL2 = 7;
    internal const int KVM_ARM_VCPU_HAS_EL2_E2H0 = 8;

    internal const uint KVM_ARM_VM_SMCCC_CTRL = 0;
    internal const ulong KVM_ARM_VM_SMCCC_FILTER = 0;

    internal const uint KVM_ARM_VCPU_PMU_V3_CTRL = 0;
    internal const ulong KVM_ARM_VCPU_PMU_V3_IRQ = 0;
    internal const ulong KVM_ARM_VCPU_PMU_V3_INIT = 1;
    internal const uint KVM_ARM_VCPU_TIMER_CTRL = 1;
    internal const ulong KVM_ARM_VCPU_TIMER_IRQ_VTIMER = 0;
    internal const ulong KVM_ARM_VCPU_TIMER_IRQ_PTIMER = 1;
    internal const uint KVM_ARM_VCPU_PVTIME_CTRL = 2;
    internal const ulong KVM_ARM_VCPU_PVTIME_IPA = 0;

    internal const uint KVM_DEV_ARM_VGIC_GRP_ADDR = 0;
    internal const uint KVM_DEV_ARM_VGIC_GRP_NR_IRQS = 3;
    internal const uint KVM_DEV_ARM_VGIC_GRP_CTRL = 4;
    internal const ulong KVM_VGIC_V2_ADDR_TYPE_DIST = 0;
    internal const ulong KVM_VGIC_V2_ADDR_TYPE_CPU = 1;
    internal const ulong KVM_VGIC_V3_ADDR_TYPE_DIST = 2;
    internal const ulong KVM_VGIC_V3_ADDR_TYPE_REDIST = 3;
    internal const ulong KVM_VGIC_ITS_ADDR_TYPE = 4;
    internal const ulong KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION = 5;
    internal const ulong KVM_DEV_ARM_VGIC_CTRL_INIT = 0;
    internal const ulong KVM_DEV_ARM_ITS_SAVE_TABLES = 1;
    internal const ulong KVM_DEV_ARM_ITS_RESTORE_TABLES = 2;
    internal const ulong KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES = 3;
    internal const ulong KVM_DEV_ARM_ITS_CTRL_RESET = 4;

    internal const ulong KVM_MEMORY_EXIT_FLAG_PRIVATE = 1UL << 3;
    internal const ulong KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 = 1;
    internal const ulong KVM_HYPERCALL_EXIT_SMC = 1;
    internal const ulong KVM_HYPERCALL_EXIT_16BIT = 2;
    internal const ulong KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED = 1;
    internal const ulong KVM_EXIT_ARM_SEA_FLAG_GPA_VALID = 1;
    internal const uint KVM_DEBUG_ARCH_HSR_HIGH_VALID = 1;
}
