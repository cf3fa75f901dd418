namespace Vmm.Machine.DeviceTree;

/// <summary>The randomness that a boot takes from its device tree.</summary>
/// <param name="KaslrSeed">Moves the kernel in its virtual address space.</param>
/// <param name="RngSeed">Starts the kernel's random number generator; 256 bytes.</param>
public sealed record DeviceTreeSeeds(ulong KaslrSeed, ReadOnlyMemory<byte> RngSeed)
{
    /// <summary>The bytes of an RNG seed.</summary>
    public const int RngSeedSize = 256;

    /// <summary>All zero, for a tree that is only looked at.</summary>
    public static DeviceTreeSeeds Zero { get; } = new(0, new byte[RngSeedSize]);
}
