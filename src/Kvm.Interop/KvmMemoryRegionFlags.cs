namespace Kvm.Interop;

/// <summary>Flags of a memory slot (linux/kvm.h). A protected VM takes none.</summary>
[Flags]
#pragma warning disable CS1591 // the names are the header's
public enum KvmMemoryRegionFlags : uint
{
    None = 0,
    KVM_MEM_LOG_DIRTY_PAGES = 1 << 0,
    KVM_MEM_READONLY = 1 << 1,
}
