namespace Kvm.Interop;

/// <summary>Kinds of interrupt lines (asm/kvm.h).</summary>
#pragma warning disable CS1591 // the names are the header's
public enum KvmIrqType
{
    KVM_ARM_IRQ_TYPE_CPU = 0,
    KVM_ARM_IRQ_TYPE_SPI = 1,
    KVM_ARM_IRQ_TYPE_PPI = 2,
}
