namespace Pvmfw.Disk;

/// <summary>Where a PCI host of the kind <c>pci-host-cam-generic</c> lies, from a checked device tree.</summary>
/// <param name="configuration">The guest-physical address of the configuration of bus 0 (CAM, 256 bytes a function).</param>
/// <param name="firstStart">The guest-physical address of the first memory window, which is also its bus address.</param>
/// <param name="firstSize">In bytes.</param>
/// <param name="secondStart">The second memory window.</param>
/// <param name="secondSize">In bytes; 0 when there is none.</param>
public readonly struct PciWindows(ulong configuration, ulong firstStart, ulong firstSize, ulong secondStart, ulong secondSize)
{
    /// <summary>Bytes of configuration that bus 0 has: 32 devices of 8 functions of 256 bytes.</summary>
    public const ulong ConfigurationSize = 32 * 8 * 256;

    /// <summary>The address of the configuration of bus 0.</summary>
    public ulong Configuration { get; } = configuration;

    /// <summary>Whether a region lies whole inside of one window.</summary>
    public bool Contains(ulong address, ulong size) =>
        IsInside(address, size, firstStart, firstSize) || IsInside(address, size, secondStart, secondSize);

    private static bool IsInside(ulong address, ulong size, ulong start, ulong length) =>
        address >= start && address - start <= length && size <= length - (address - start);
}
