namespace Kvm.Interop.Memory;

/// <summary>One contiguous piece of guest memory and where the host has it.</summary>
public sealed class GuestMemoryRegion
{
    internal GuestMemoryRegion(GuestRange range, MemoryMapping mapping, ulong fileOffset)
    {
        Range = range;
        Mapping = mapping;
        FileOffset = fileOffset;
    }

    /// <summary>Where the guest has it.</summary>
    public GuestRange Range { get; }

    /// <summary>First guest physical address.</summary>
    public GuestAddress Start => Range.Start;

    /// <summary>Length in bytes.</summary>
    public ulong Size => Range.Size;

    /// <summary>Where the host has it.</summary>
    public MemoryMapping Mapping { get; }

    /// <summary>Where it begins in the file of <see cref="GuestMemory.File"/>, in bytes; 0 for anonymous memory.</summary>
    public ulong FileOffset { get; }
}
