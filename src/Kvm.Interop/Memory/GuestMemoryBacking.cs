namespace Kvm.Interop.Memory;

/// <summary>Where the host takes the guest's memory from.</summary>
public enum GuestMemoryBacking
{
    /// <summary>One memfd named <c>crosvm_guest</c> for all regions, so that it can be shared with another process and found in smaps.</summary>
    MemFd,

    /// <summary>Private anonymous memory, which no other process can map.</summary>
    Anonymous,
}
