namespace Kvm.Interop.Exits;

/// <summary>
/// KVM_EXIT_ARM_NISV: an access without memory whose instruction the hardware did not describe (a pair or write-back form), with
/// KVM_CAP_ARM_NISV_TO_USER enabled. KVM_EXIT_ARM_LDST64B has the same form.
/// </summary>
/// <param name="EsrIss">The instruction-specific syndrome bits of ESR_EL2.</param>
/// <param name="FaultIpa">The guest physical address; for KVM_EXIT_ARM_NISV its low 12 bits are the faulting address's.</param>
public readonly record struct ArmNisvExit(ulong EsrIss, ulong FaultIpa);
