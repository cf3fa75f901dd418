namespace Kvm.Interop.Tests.Headers;

/// <summary>Names that entered the headers after Debian 12's (Linux 6.1), each with the macro that shows whether the headers have it.</summary>
/// <remarks>Old headers skip these; headers that are as new as the interop must have all of them, which the test of newer headers asserts.</remarks>
internal static class NewerThanInstalled
{
    /// <summary>Macros, which are their own witness.</summary>
    private static readonly string[] s_macros =
    [
        "KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP",
        "KVM_CAP_COUNTER_OFFSET",
        "KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE",
        "KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES",
        "KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES",
        "KVM_CAP_USER_MEMORY2",
        "KVM_CAP_MEMORY_FAULT_INFO",
        "KVM_CAP_MEMORY_ATTRIBUTES",
        "KVM_CAP_GUEST_MEMFD",
        "KVM_CAP_VM_TYPES",
        "KVM_CAP_PRE_FAULT_MEMORY",
        "KVM_CAP_ARM_WRITABLE_IMP_ID_REGS",
        "KVM_CAP_ARM_EL2",
        "KVM_CAP_ARM_EL2_E2H0",
        "KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED",
        "KVM_CAP_GUEST_MEMFD_FLAGS",
        "KVM_CAP_ARM_SEA_TO_USER",
        "KVM_CAP_ARM_PMU_V3_STRICT",
        "KVM_EXIT_LOONGARCH_IOCSR",
        "KVM_EXIT_MEMORY_FAULT",
        "KVM_EXIT_TDX",
        "KVM_EXIT_ARM_SEA",
        "KVM_EXIT_ARM_LDST64B",
        "KVM_EXIT_SNP_REQ_CERTS",
        "KVM_DEV_TYPE_ARM_VGIC_V5",
        "KVM_VM_TYPE_ARM_PROTECTED",
        "KVM_ARM_VCPU_HAS_EL2",
        "KVM_ARM_VCPU_HAS_EL2_E2H0",
        "KVM_ARM_VM_SMCCC_CTRL",
        "KVM_ARM_VM_SMCCC_FILTER",
        "KVM_MEMORY_EXIT_FLAG_PRIVATE",
        "KVM_HYPERCALL_EXIT_SMC",
        "KVM_HYPERCALL_EXIT_16BIT",
        "KVM_EXIT_ARM_SEA_FLAG_GPA_VALID",
        "KVM_ARM_SET_COUNTER_OFFSET",
        "KVM_REG_ARM_VENDOR_HYP_BMAP_2",
        "TUN_F_USO4",
        "TUN_F_USO6",
        "PCI_HEADER_TYPE_MFD",
    ];

    /// <summary>Structures, their members and enumerators, by the macro that came with them.</summary>
    private static readonly (string Prefix, string Macro)[] s_others =
    [
        ("struct kvm_arm_counter_offset", "KVM_ARM_SET_COUNTER_OFFSET"),
        ("struct kvm_smccc_filter", "KVM_ARM_VM_SMCCC_CTRL"),
        ("KVM_SMCCC_FILTER_", "KVM_ARM_VM_SMCCC_CTRL"),
        ("struct kvm_run, hypercall.flags", "KVM_HYPERCALL_EXIT_SMC"),
        ("struct kvm_run, memory_fault.", "KVM_EXIT_MEMORY_FAULT"),
        ("struct kvm_run, arm_sea.", "KVM_EXIT_ARM_SEA"),
    ];

    /// <summary>The macro that must be defined for a name to be judged; null when all headers know it.</summary>
    internal static string? Witness(string name) =>
        s_macros.Contains(name) ? name : s_others.FirstOrDefault(other => name.StartsWith(other.Prefix, StringComparison.Ordinal)).Macro;
}
