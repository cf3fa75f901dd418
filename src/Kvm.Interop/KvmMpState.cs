namespace Kvm.Interop;

/// <summary>Whether a vCPU runs (linux/kvm.h; the states that exist on ARM64).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmMpState : uint
{
    KVM_MP_STATE_RUNNABLE = 0,
    KVM_MP_STATE_STOPPED = 5,
    KVM_MP_STATE_SUSPENDED = 10,
}
