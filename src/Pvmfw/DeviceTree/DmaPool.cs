namespace Pvmfw.DeviceTree;

/// <summary>The restricted DMA pool: the memory through which a guest and its devices exchange everything.</summary>
public readonly struct DmaPool
{
    internal DmaPool(ulong size, ulong alignment, MemoryRange range)
    {
        Size = size;
        Alignment = alignment;
        Range = range;
    }

    /// <summary>Bytes.</summary>
    public ulong Size { get; }

    /// <summary>Bytes that the guest is to align the pool to where it places it; 0: not given.</summary>
    public ulong Alignment { get; }

    /// <summary>Where the host put it; empty where the guest is to place it.</summary>
    public MemoryRange Range { get; }

    /// <summary>The host put it somewhere.</summary>
    public bool IsFixed => Range.Size != 0;
}
