namespace Kvm.Interop;

/// <summary>Devices that KVM emulates itself on ARM64 (<c>enum kvm_device_type</c> of linux/kvm.h).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmDeviceType : uint
{
    KVM_DEV_TYPE_VFIO = 4,
    KVM_DEV_TYPE_ARM_VGIC_V2 = 5,
    KVM_DEV_TYPE_ARM_VGIC_V3 = 7,
    KVM_DEV_TYPE_ARM_VGIC_ITS = 8,
    KVM_DEV_TYPE_ARM_PV_TIME = 10,
    KVM_DEV_TYPE_ARM_VGIC_V5 = 16,
}
