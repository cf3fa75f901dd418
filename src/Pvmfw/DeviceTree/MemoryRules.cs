using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The node <c>memory</c>.</summary>
internal static class MemoryRules
{
    public static TreeFault Read(FdtNodeView root, ulong windowAddress, ref TreeFacts facts)
    {
        int count = 0;
        FdtNodeView memory = default;
        foreach (FdtNodeView child in root.Children)
        {
            bool isMemory = child.TryGetProperty("device_type"u8, out FdtPropertyView type)
                && type.TryGetString(out ReadOnlySpan<byte> text) && text.SequenceEqual("memory"u8);
            if (isMemory || child.IsNamed("memory"u8))
            {
                count++;
                memory = child;
            }
        }

        if (count != 1)
        {
            return TreeFault.MemoryCount;
        }

        if (!memory.TryGetRange("reg"u8, out ulong start, out ulong size) || (start != GuestMap.RamStart && start != GuestMap.FirmwareStart))
        {
            return TreeFault.MemoryStart;
        }

        ulong below = GuestMap.RamStart - start;
        if (size <= below || size % GuestMap.PageSize != 0 || size > GuestMap.AddressLimit - start
            || !MemoryRange.TryMake(GuestMap.RamStart, size - below, out MemoryRange ram))
        {
            return TreeFault.MemorySize;
        }

        facts.Ram = ram;
        bool inside = windowAddress % GuestMap.PageSize == 0
            && MemoryRange.TryMake(windowAddress, GuestMap.TreeWindowSize, out MemoryRange window) && ram.Contains(window);
        return inside ? TreeFault.None : TreeFault.WindowOutsideRam;
    }
}
