using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>Optional features of a vCPU, as the bits of the first word of <c>struct kvm_vcpu_init</c> (asm/kvm.h).</summary>
[Flags]
public enum VcpuFeatures : uint
{
    /// <summary>An AArch64 vCPU that starts running and uses PSCI 0.1.</summary>
    None = 0,

    /// <summary>Starts powered off and waits for PSCI CPU_ON.</summary>
    PowerOff = 1u << KvmConstants.KVM_ARM_VCPU_POWER_OFF,

    /// <summary>Starts in AArch32. A protected VM refuses it at the first run.</summary>
    El1In32Bit = 1u << KvmConstants.KVM_ARM_VCPU_EL1_32BIT,

    /// <summary>PSCI 0.2 or later, in the kernel.</summary>
    Psci02 = 1u << KvmConstants.KVM_ARM_VCPU_PSCI_0_2,

    /// <summary>A performance monitor. A protected VM refuses it at the first run.</summary>
    PmuV3 = 1u << KvmConstants.KVM_ARM_VCPU_PMU_V3,

    /// <summary>Scalable vectors; <see cref="KvmVcpu.Finalize(VcpuFeatures)"/> before the first run. A protected VM refuses it at the first run.</summary>
    Sve = 1u << KvmConstants.KVM_ARM_VCPU_SVE,

    /// <summary>Pointer authentication of addresses; only together with <see cref="PtrauthGeneric"/>.</summary>
    PtrauthAddress = 1u << KvmConstants.KVM_ARM_VCPU_PTRAUTH_ADDRESS,

    /// <summary>Generic pointer authentication; only together with <see cref="PtrauthAddress"/>.</summary>
    PtrauthGeneric = 1u << KvmConstants.KVM_ARM_VCPU_PTRAUTH_GENERIC,

    /// <summary>Nested virtualization: the guest has EL2.</summary>
    HasEl2 = 1u << KvmConstants.KVM_ARM_VCPU_HAS_EL2,

    /// <summary>A guest EL2 without VHE (HCR_EL2.E2H reads as zero).</summary>
    HasEl2E2H0 = 1u << KvmConstants.KVM_ARM_VCPU_HAS_EL2_E2H0,
}
