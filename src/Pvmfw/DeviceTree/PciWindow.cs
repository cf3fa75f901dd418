namespace Pvmfw.DeviceTree;

/// <summary>A window of PCI memory, at the same address on the bus and for the CPU.</summary>
public readonly struct PciWindow
{
    internal PciWindow(uint space, MemoryRange range)
    {
        Space = space;
        Range = range;
    }

    /// <summary>The first cell of its entry in <c>ranges</c>: space and whether it is prefetchable (IEEE 1275 PCI bus binding, 2.2.1.1).</summary>
    public uint Space { get; }

    /// <summary>Where it lies.</summary>
    public MemoryRange Range { get; }
}
