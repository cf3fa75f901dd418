using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_ARM_SEA: a synchronous external abort of the host's memory, with KVM_CAP_ARM_SEA_TO_USER enabled.</summary>
/// <param name="Flags">KVM_EXIT_ARM_SEA_FLAG_* bits.</param>
/// <param name="Esr">ESR_EL2, sanitized.</param>
/// <param name="GuestVirtualAddress">The faulting address of the guest.</param>
/// <param name="GuestPhysicalAddress">The same as a guest physical address, where <see cref="HasPhysicalAddress"/>.</param>
public readonly record struct ArmSeaExit(ulong Flags, ulong Esr, ulong GuestVirtualAddress, ulong GuestPhysicalAddress)
{
    /// <summary>Whether the guest physical address is known.</summary>
    public bool HasPhysicalAddress => (Flags & KvmConstants.KVM_EXIT_ARM_SEA_FLAG_GPA_VALID) != 0;
}
