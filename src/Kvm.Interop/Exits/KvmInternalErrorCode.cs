namespace Kvm.Interop.Exits;

/// <summary>What KVM could not do (linux/kvm.h).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmInternalErrorCode : uint
{
    KVM_INTERNAL_ERROR_EMULATION = 1,
    KVM_INTERNAL_ERROR_SIMUL_EX = 2,
    KVM_INTERNAL_ERROR_DELIVERY_EV = 3,
    KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4,
}
