using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <content>Exceptions that user space hands to the guest.</content>
public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Makes the guest take a synchronous external data abort at the instruction it stopped at, as a bus would answer an access that nobody
    /// decodes (KVM_CAP_ARM_INJECT_EXT_DABT). After KVM_EXIT_MMIO or KVM_EXIT_ARM_NISV only.
    /// </summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void InjectExternalDataAbort()
    {
        kvm_vcpu_events events = default;
        events.exception.ext_dabt_pending = 1;
        Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_VCPU_EVENTS, ref events), "KVM_SET_VCPU_EVENTS", Descriptor);
    }
}
