using System.Runtime.InteropServices;

namespace Kvm.Interop.Native.Uapi;

// The arguments of KVM's ioctls as linux/kvm.h and ARM64's asm/kvm.h lay them out; names, order and widths are the headers'.

internal struct kvm_userspace_memory_region
{
    internal uint slot;
    internal uint flags;
    internal ulong guest_phys_addr;
    internal ulong memory_size;
    internal ulong userspace_addr;
}

internal struct kvm_irq_level
{
    internal uint irq;
    internal uint level;
}

internal unsafe struct kvm_ioeventfd
{
    internal ulong datamatch;
    internal ulong addr;
    internal uint len;
    internal int fd;
    internal uint flags;
    internal fixed byte pad[36];
}

internal unsafe struct kvm_irqfd
{
    internal uint fd;
    internal uint gsi;
    internal uint flags;
    internal uint resamplefd;
    internal fixed byte pad[16];
}

internal unsafe struct kvm_enable_cap
{
    internal uint cap;
    internal uint flags;
    internal fixed ulong args[4];
    internal fixed byte pad[64];
}

internal unsafe struct kvm_msi
{
    internal uint address_lo;
    internal uint address_hi;
    internal uint data;
    internal uint flags;
    internal uint devid;
    internal fixed byte pad[12];
}

/// <summary>The header of the array that KVM_SET_GSI_ROUTING takes.</summary>
internal struct kvm_irq_routing
{
    internal uint nr;
    internal uint flags;
}

internal struct kvm_irq_routing_irqchip
{
    internal uint irqchip;
    internal uint pin;
}

internal struct kvm_irq_routing_msi
{
    internal uint address_lo;
    internal uint address_hi;
    internal uint data;
    internal uint devid;
}

[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct kvm_irq_routing_entry
{
    [FieldOffset(0)] internal uint gsi;
    [FieldOffset(4)] internal uint type;
    [FieldOffset(8)] internal uint flags;
    [FieldOffset(16)] internal Target u;

    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct Target
    {
        [FieldOffset(0)] internal kvm_irq_routing_irqchip irqchip;
        [FieldOffset(0)] internal kvm_irq_routing_msi msi;
    }
}

internal struct kvm_create_device
{
    internal uint type;
    internal uint fd;
    internal uint flags;
}

internal struct kvm_device_attr
{
    internal uint flags;
    internal uint group;
    internal ulong attr;
    internal ulong addr;
}

internal struct kvm_one_reg
{
    internal ulong id;
    internal ulong addr;
}

internal struct kvm_mp_state
{
    internal uint mp_state;
}

/// <summary>The part of struct kvm_vcpu_events that KVM on ARM64 knows; the rest is reserved and zero.</summary>
internal unsafe struct kvm_vcpu_events
{
    internal kvm_vcpu_events_exception exception;
    internal fixed uint reserved[12];
}

internal unsafe struct kvm_vcpu_events_exception
{
    internal byte serror_pending;
    internal byte serror_has_esr;
    internal byte ext_dabt_pending;
    internal fixed byte pad[5];
    internal ulong serror_esr;
}

internal unsafe struct kvm_vcpu_init
{
    internal uint target;
    internal fixed uint features[7];
}

internal struct kvm_arm_counter_offset
{
    internal ulong counter_offset;
    internal ulong reserved;
}

internal unsafe struct kvm_smccc_filter
{
    internal uint @base;
    internal uint nr_functions;
    internal byte action;
    internal fixed byte pad[15];
}
