using BootLoader.Blocks;
using Pvmfw.DeviceTree;

namespace Pvmfw.Identity;

/// <summary>The instance image of this VM, on whatever the platform keeps it.</summary>
/// <typeparam name="TSelf">The type that implements this.</typeparam>
public interface IInstanceStore<TSelf> : IBlockStore
    where TSelf : struct, IInstanceStore<TSelf>
{
    /// <summary>Opens the image.</summary>
    /// <param name="facts">Where PCI lies.</param>
    /// <param name="isProtected">Devices reach only what is shared with them.</param>
    /// <param name="store">The image; to be closed when it was opened.</param>
    /// <param name="fault">Why it cannot be had, in the store's own numbers; for whoever debugs the firmware.</param>
    /// <returns>False when there is none, or it cannot be had.</returns>
    static abstract bool TryOpen(scoped in TreeFacts facts, bool isProtected, out TSelf store, out uint fault);

    /// <summary>Lets go of the disk and of everything that was shared with it.</summary>
    /// <returns>False when a device may still reach memory: no guest must be started.</returns>
    bool TryClose();
}
