using Pvmfw.DeviceTree;

namespace Pvmfw.Payload;

/// <summary>Where kernel and initial RAM disk may lie: in RAM, apart from each other, from the device tree's window and from what devices write to.</summary>
public static class PayloadPlaces
{
    /// <summary>Checks the places that the host's tree gives.</summary>
    /// <param name="facts">What the tree says.</param>
    /// <param name="treeAddress">Where the device tree's window starts.</param>
    public static RebootReason Check(scoped in TreeFacts facts, ulong treeAddress)
    {
        MemoryRange tree = MemoryRange.OfConstants(treeAddress, GuestMap.TreeWindowSize);

        // The first byte is the first instruction.
        if (facts.Kernel.Size == 0 || facts.Kernel.Start % GuestMap.PageSize != 0 || !IsFree(facts.Kernel, facts, tree))
        {
            return RebootReason.InvalidPayload;
        }

        bool fits = facts.Initrd.Size == 0 || (IsFree(facts.Initrd, facts, tree) && !facts.Initrd.Overlaps(facts.Kernel));
        return fits ? RebootReason.None : RebootReason.InvalidRamdisk;
    }

    private static bool IsFree(MemoryRange range, scoped in TreeFacts facts, MemoryRange tree) =>
        facts.Ram.Contains(range) && !range.Overlaps(tree) && !(facts.DmaPool.IsFixed && range.Overlaps(facts.DmaPool.Range));
}
