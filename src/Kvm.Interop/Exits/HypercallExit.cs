using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_HYPERCALL: an SMCCC call that a filter of the VM sends to user space.</summary>
/// <param name="Function">The SMCCC function number (X0).</param>
/// <param name="Flags">How the call was made (KVM_HYPERCALL_EXIT_*).</param>
/// <remarks>On ARM64 arguments and results travel in the vCPU's registers X0 to X17, not in this record.</remarks>
public readonly record struct HypercallExit(ulong Function, ulong Flags)
{
    /// <summary>Whether the guest used SMC; else HVC.</summary>
    public bool IsSmc => (Flags & KvmConstants.KVM_HYPERCALL_EXIT_SMC) != 0;

    /// <summary>Whether the instruction was a 16-bit one of AArch32.</summary>
    public bool Is16Bit => (Flags & KvmConstants.KVM_HYPERCALL_EXIT_16BIT) != 0;
}
