namespace Kvm.Interop.Exits;

/// <summary>KVM_EXIT_MMIO: a guest load or store at an address without memory.</summary>
/// <remarks>A load's answer goes into <see cref="Data"/> before the next KVM_RUN, which completes the instruction.</remarks>
public readonly ref struct MmioExit
{
    internal MmioExit(ulong physicalAddress, Span<byte> data, bool isWrite)
    {
        PhysicalAddress = physicalAddress;
        Data = data;
        IsWrite = isWrite;
    }

    /// <summary>Where the guest reached, as a guest physical address.</summary>
    public ulong PhysicalAddress { get; }

    /// <summary>The bytes stored, or the place for the bytes loaded, little-endian; 1, 2, 4 or 8 of them.</summary>
    public Span<byte> Data { get; }

    /// <summary>Whether the guest stores.</summary>
    public bool IsWrite { get; }
}
