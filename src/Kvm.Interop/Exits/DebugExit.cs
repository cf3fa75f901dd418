using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_DEBUG: a breakpoint, a watchpoint or a single step.</summary>
/// <param name="Syndrome">ESR_EL2 of the debug exception; its upper half only where the kernel gives it.</param>
/// <param name="FaultAddress">The watched address that was touched (FAR_EL2).</param>
public readonly record struct DebugExit(ulong Syndrome, ulong FaultAddress)
{
    internal static DebugExit From(in kvm_debug_exit_arch arch, ushort flags)
    {
        ulong high = (flags & KvmConstants.KVM_DEBUG_ARCH_HSR_HIGH_VALID) != 0 ? arch.hsr_high : 0;
        return new DebugExit((high << 32) | arch.hsr, arch.far);
    }
}
