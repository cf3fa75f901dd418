namespace Pvmfw.Platform;

/// <summary>Where the firmware lies in guest memory (crosvm, aarch64/src/lib.rs). Native/layout.h has the same for the linker.</summary>
public static class FirmwareLayout
{
    /// <summary>Bytes of one page.</summary>
    public const ulong PageSize = 4096;

    /// <summary>The image, and behind it the configuration data.</summary>
    public const ulong ImageAddress = 0x7fc00000;

    /// <summary>Bytes for the image with its configuration data.</summary>
    public const ulong ImageSize = 0x200000;

    /// <summary>The memory the firmware works in.</summary>
    public const ulong ScratchAddress = 0x7fe00000;

    /// <summary>Bytes of it.</summary>
    public const ulong ScratchSize = 0x200000;

    /// <summary>The page that outlives the firmware: what the next stage is given in secret.</summary>
    public const ulong HandoverAddress = ScratchAddress + ScratchSize - PageSize;

    /// <summary>The first byte of RAM.</summary>
    public const ulong RamStart = 0x80000000;

    /// <summary>Bytes that are mapped for the device tree, from where x0 points.</summary>
    public const ulong FdtWindowSize = 0x200000;

    /// <summary>One more than the highest address that can be mapped: 39 bits.</summary>
    public const ulong AddressLimit = 1UL << 39;
}
