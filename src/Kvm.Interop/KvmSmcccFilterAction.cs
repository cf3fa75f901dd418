namespace Kvm.Interop;

/// <summary>What KVM does with an SMCCC call in a filtered range (<c>enum kvm_smccc_filter_action</c> of asm/kvm.h).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmSmcccFilterAction : byte
{
    KVM_SMCCC_FILTER_HANDLE = 0,
    KVM_SMCCC_FILTER_DENY = 1,
    KVM_SMCCC_FILTER_FWD_TO_USER = 2,
}
