using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_MEMORY_FAULT: guest memory that the kernel could not give the guest. KVM_RUN fails with EFAULT or EHWPOISON beside it.</summary>
/// <param name="Flags">KVM_MEMORY_EXIT_FLAG_* bits.</param>
/// <param name="GuestPhysicalAddress">Where it begins.</param>
/// <param name="Size">Its length in bytes.</param>
public readonly record struct MemoryFaultExit(ulong Flags, ulong GuestPhysicalAddress, ulong Size)
{
    /// <summary>Whether the guest reached for it as private memory.</summary>
    public bool IsPrivate => (Flags & KvmConstants.KVM_MEMORY_EXIT_FLAG_PRIVATE) != 0;
}
