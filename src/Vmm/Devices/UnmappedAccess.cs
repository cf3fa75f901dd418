namespace Vmm.Devices;

/// <summary>A guest access that no device answered.</summary>
/// <param name="Address">The guest physical address.</param>
/// <param name="Width">In bytes.</param>
/// <param name="IsWrite">A store, not a load.</param>
/// <param name="Unreported">How many others there were since the last one that was reported.</param>
public readonly record struct UnmappedAccess(ulong Address, int Width, bool IsWrite, long Unreported)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string others = Unreported > 0 ? $" ({Unreported} more since the last report)" : "";
        return $"guest {(IsWrite ? "store to" : "load from")} 0x{Address:x}, {Width} bytes, where no device is{others}";
    }
}
