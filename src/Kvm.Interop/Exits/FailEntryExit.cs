using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_FAIL_ENTRY: the vCPU cannot be run on this physical CPU.</summary>
/// <param name="Reason">The kernel's reason bits.</param>
/// <param name="Cpu">The physical CPU.</param>
public readonly record struct FailEntryExit(ulong Reason, uint Cpu)
{
    /// <summary>Whether the vCPU's features are missing on that CPU of a mixed system, such as its PMU.</summary>
    public bool IsUnsupportedCpu => (Reason & KvmConstants.KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED) != 0;
}
