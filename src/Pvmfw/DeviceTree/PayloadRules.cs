using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The nodes <c>chosen</c> and <c>config</c>: what is to be started, with which command line. Seeds that the host gives are not taken.</summary>
internal static class PayloadRules
{
    public static TreeFault Read(FdtNodeView root, ref TreeFacts facts)
    {
        TreeFault fault = root.TryGetChild("chosen"u8, out FdtNodeView chosen) ? ReadChosen(chosen, ref facts) : TreeFault.None;
        return fault != TreeFault.None || !root.TryGetChild("config"u8, out FdtNodeView config) ? fault : ReadConfig(config, ref facts);
    }

    private static TreeFault ReadChosen(FdtNodeView chosen, ref TreeFacts facts)
    {
        if (chosen.TryGetProperty("bootargs"u8, out FdtPropertyView property)
            && (!property.TryGetString(out ReadOnlySpan<byte> arguments) || !facts.TrySetBootArguments(arguments)))
        {
            return TreeFault.BootArguments;
        }

        bool hasStart = chosen.TryGetProperty("linux,initrd-start"u8, out FdtPropertyView first);
        bool hasEnd = chosen.TryGetProperty("linux,initrd-end"u8, out FdtPropertyView last);
        if (!hasStart && !hasEnd)
        {
            return TreeFault.None;
        }

        if (!hasStart || !hasEnd || !TryGetNumber(first, out ulong start) || !TryGetNumber(last, out ulong end)
            || end <= start || !MemoryRange.TryMake(start, end - start, out MemoryRange initrd))
        {
            return TreeFault.Initrd;
        }

        facts.Initrd = initrd;
        return TreeFault.None;
    }

    private static TreeFault ReadConfig(FdtNodeView config, ref TreeFacts facts)
    {
        bool hasAddress = config.TryGetProperty("kernel-address"u8, out FdtPropertyView address);
        bool hasSize = config.TryGetProperty("kernel-size"u8, out FdtPropertyView size);
        if (!hasAddress && !hasSize)
        {
            return TreeFault.None;
        }

        if (!hasAddress || !hasSize || !address.TryGetU32(out uint start) || !size.TryGetU32(out uint bytes)
            || !MemoryRange.TryMake(start, bytes, out MemoryRange kernel))
        {
            return TreeFault.KernelLocation;
        }

        facts.Kernel = kernel;
        return TreeFault.None;
    }

    // crosvm wrote these in 32 bits until 2025-02-06; Linux takes either width.
    private static bool TryGetNumber(FdtPropertyView property, out ulong number)
    {
        bool narrow = property.TryGetU32(out uint cell);
        number = cell;
        return narrow || property.TryGetU64(out number);
    }
}
