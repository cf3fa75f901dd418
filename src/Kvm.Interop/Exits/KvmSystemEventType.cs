namespace Kvm.Interop.Exits;

/// <summary>What a guest asked of the whole machine, on ARM64 by a PSCI call (linux/kvm.h).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmSystemEventType : uint
{
    KVM_SYSTEM_EVENT_SHUTDOWN = 1,
    KVM_SYSTEM_EVENT_RESET = 2,
    KVM_SYSTEM_EVENT_CRASH = 3,
    KVM_SYSTEM_EVENT_WAKEUP = 4,
    KVM_SYSTEM_EVENT_SUSPEND = 5,
}
