namespace Vmm.Configuration;

/// <summary>One <c>--device-tree-overlay</c> option.</summary>
/// <param name="Path">A compiled overlay (.dtbo).</param>
/// <param name="Filter">Keep only nodes of devices that are assigned to the guest.</param>
public sealed record DeviceTreeOverlay(string Path, bool Filter);
