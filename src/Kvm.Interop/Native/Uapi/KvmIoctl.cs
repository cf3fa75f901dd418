namespace Kvm.Interop.Native.Uapi;

/// <summary>ioctl numbers of linux/kvm.h for ARM64, where <c>KVMIO</c> is 0xAE.</summary>
internal static class KvmIoctl
{
    internal const uint KVM_GET_API_VERSION = 0xae00;
    internal const uint KVM_CREATE_VM = 0xae01;
    internal const uint KVM_CHECK_EXTENSION = 0xae03;
    internal const uint KVM_GET_VCPU_MMAP_SIZE = 0xae04;

    internal const uint KVM_CREATE_VCPU = 0xae41;
    internal const uint KVM_SET_USER_MEMORY_REGION = 0x4020ae46;
    internal const uint KVM_IRQ_LINE = 0x4008ae61;
    internal const uint KVM_SET_GSI_ROUTING = 0x4008ae6a;
    internal const uint KVM_IRQFD = 0x4020ae76;
    internal const uint KVM_IOEVENTFD = 0x4040ae79;
    internal const uint KVM_ENABLE_CAP = 0x4068aea3;
    internal const uint KVM_SIGNAL_MSI = 0x4020aea5;
    internal const uint KVM_ARM_PREFERRED_TARGET = 0x8020aeaf;
    internal const uint KVM_ARM_SET_COUNTER_OFFSET = 0x4010aeb5;
    internal const uint KVM_CREATE_DEVICE = 0xc00caee0;

    internal const uint KVM_SET_DEVICE_ATTR = 0x4018aee1;
    internal const uint KVM_GET_DEVICE_ATTR = 0x4018aee2;
    internal const uint KVM_HAS_DEVICE_ATTR = 0x4018aee3;

    internal const uint KVM_RUN = 0xae80;
    internal const uint KVM_GET_MP_STATE = 0x8004ae98;
    internal const uint KVM_SET_MP_STATE = 0x4004ae99;
    internal const uint KVM_SET_VCPU_EVENTS = 0x4040aea0;
    internal const uint KVM_GET_ONE_REG = 0x4010aeab;
    internal const uint KVM_SET_ONE_REG = 0x4010aeac;
    internal const uint KVM_ARM_VCPU_INIT = 0x4020aeae;
    internal const uint KVM_GET_REG_LIST = 0xc008aeb0;
    internal const uint KVM_ARM_VCPU_FINALIZE = 0x4004aec2;
}
