using System.Runtime.InteropServices;

namespace Kvm.Interop.Native.Uapi;

/// <summary>The page that a vCPU shares with the kernel (linux/kvm.h), with the members of its union that an ARM64 kernel fills.</summary>
[StructLayout(LayoutKind.Explicit, Size = 0x930)]
internal unsafe struct kvm_run
{
    [FieldOffset(1)] internal byte immediate_exit;
    [FieldOffset(8)] internal uint exit_reason;
    [FieldOffset(14)] internal ushort flags;

    [FieldOffset(32)] internal HardwareExit hw;
    [FieldOffset(32)] internal FailEntry fail_entry;
    [FieldOffset(32)] internal Debug debug;
    [FieldOffset(32)] internal Mmio mmio;
    [FieldOffset(32)] internal Hypercall hypercall;
    [FieldOffset(32)] internal Internal @internal;
    [FieldOffset(32)] internal SystemEvent system_event;
    [FieldOffset(32)] internal ArmNisv arm_nisv;
    [FieldOffset(32)] internal MemoryFault memory_fault;
    [FieldOffset(32)] internal ArmSea arm_sea;

    internal struct HardwareExit
    {
        internal ulong hardware_exit_reason;
    }

    internal struct FailEntry
    {
        internal ulong hardware_entry_failure_reason;
        internal uint cpu;
    }

    internal struct Debug
    {
        internal kvm_debug_exit_arch arch;
    }

    internal struct Mmio
    {
        internal ulong phys_addr;
        internal fixed byte data[8];
        internal uint len;
        internal byte is_write;
    }

    internal struct Hypercall
    {
        internal ulong nr;
        internal fixed ulong args[6];
        internal ulong ret;
        internal ulong flags;
    }

    internal struct Internal
    {
        internal uint suberror;
        internal uint ndata;
        internal fixed ulong data[16];
    }

    internal struct SystemEvent
    {
        internal uint type;
        internal uint ndata;
        internal fixed ulong data[16];
    }

    internal struct ArmNisv
    {
        internal ulong esr_iss;
        internal ulong fault_ipa;
    }

    internal struct MemoryFault
    {
        internal ulong flags;
        internal ulong gpa;
        internal ulong size;
    }

    internal struct ArmSea
    {
        internal ulong flags;
        internal ulong esr;
        internal ulong gva;
        internal ulong gpa;
    }
}

internal struct kvm_debug_exit_arch
{
    internal uint hsr;
    internal uint hsr_high;
    internal ulong far;
}
