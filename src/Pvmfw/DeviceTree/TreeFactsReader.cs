using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Reads the host's device tree once into checked numbers, refusing it at the first rule it breaks.</summary>
/// <remarks>
/// Rules: those of Android's pvmfw (guest/pvmfw/src/fdt.rs), and that devices at fixed addresses are where they always are. Taken as well,
/// since crosvm's newer machines have them: memory that counts the firmware below RAM, a first PCI window of 32-bit space, addresses of the
/// initial RAM disk in 64 bits. Nodes without a rule are not looked at and do not reach the guest.
/// </remarks>
public static class TreeFactsReader
{
    /// <summary>Reads a tree.</summary>
    /// <param name="window">The bytes at X0 that may hold the tree; they must not change while they are read.</param>
    /// <param name="windowAddress">The window's guest physical address.</param>
    /// <param name="reference">The device's trusted properties of <c>/avf</c>, a tree or an overlay; empty where it has none.</param>
    /// <param name="sharesMemory">Whether the hypervisor shares memory on request; if not, the DMA pool must have a place.</param>
    /// <param name="storage">At least <see cref="TreeFacts.StorageSize"/> bytes, not in the window.</param>
    /// <param name="facts">What the tree says; usable only when no fault is returned.</param>
    public static TreeFault Read(
        ReadOnlySpan<byte> window, ulong windowAddress, ReadOnlySpan<byte> reference, bool sharesMemory, Span<byte> storage, out TreeFacts facts)
    {
        facts = new TreeFacts(storage);
        if (!FdtReader.Open(window, out FdtReader tree).IsNone)
        {
            return TreeFault.Malformed;
        }

        FdtNodeView root = tree.Root;
        TreeFault fault = ReadRoot(root);
        fault = fault != TreeFault.None ? fault : MemoryRules.Read(root, windowAddress, ref facts);
        fault = fault != TreeFault.None ? fault : CpuRules.Read(root, ref facts);
        fault = fault != TreeFault.None ? fault : GicRules.Read(root, ref facts);
        fault = fault != TreeFault.None ? fault : PciRules.Read(root, ref facts);
        fault = fault != TreeFault.None ? fault : DeviceRules.Read(root, ref facts);
        fault = fault != TreeFault.None ? fault : DmaPoolRules.Read(root, windowAddress, sharesMemory, ref facts);
        fault = fault != TreeFault.None ? fault : PayloadRules.Read(root, ref facts);
        return fault != TreeFault.None ? fault : AvfRules.Read(root, reference, ref facts);
    }

    private static TreeFault ReadRoot(FdtNodeView root) =>
        root.HasCell("#address-cells"u8, 2) && root.HasCell("#size-cells"u8, 2) ? TreeFault.None : TreeFault.RootCells;
}
