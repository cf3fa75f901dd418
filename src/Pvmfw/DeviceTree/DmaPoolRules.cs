using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The restricted DMA pool among the reserved memory. All of its bytes are the host's to read and change.</summary>
internal static class DmaPoolRules
{
    public static TreeFault Read(FdtNodeView root, ulong windowAddress, bool sharesMemory, ref TreeFacts facts)
    {
        if (!root.TryGetChild("reserved-memory"u8, out FdtNodeView reserved)
            || reserved.CountCompatible("restricted-dma-pool"u8, out FdtNodeView pool) != 1)
        {
            return TreeFault.DmaPoolCount;
        }

        bool isFixed = pool.TryGetProperty("reg"u8, out _);
        MemoryRange range = default;
        ulong size = 0;
        if (isFixed)
        {
            if (!pool.TryGetRange("reg"u8, out ulong start, out size) || start % GuestMap.PageSize != 0
                || !MemoryRange.TryMake(start, size, out range) || !facts.Ram.Contains(range))
            {
                return TreeFault.DmaPoolRange;
            }
        }

        if (pool.TryGetProperty("size"u8, out FdtPropertyView property))
        {
            ulong rangeSize = size;
            if (!property.TryGetU64(out size) || (isFixed && size != rangeSize))
            {
                return TreeFault.DmaPoolSize;
            }
        }

        if (size == 0 || size % GuestMap.PageSize != 0 || size > facts.Ram.Size)
        {
            return TreeFault.DmaPoolSize;
        }

        ulong alignment = 0;
        if (pool.TryGetProperty("alignment"u8, out FdtPropertyView aligned)
            && (!aligned.TryGetU64(out alignment) || alignment == 0 || alignment % GuestMap.PageSize != 0))
        {
            return TreeFault.DmaPoolAlignment;
        }

        if (!isFixed && !sharesMemory)
        {
            return TreeFault.DmaPoolNotFixed;
        }

        facts.DmaPool = new DmaPool(size, alignment, range);
        return isFixed && range.Overlaps(MemoryRange.OfConstants(windowAddress, GuestMap.TreeWindowSize)) ? TreeFault.DmaPoolOverlap : TreeFault.None;
    }
}
