namespace Pvmfw.DeviceTree;

/// <summary>What the firmware itself decided about a boot, for the guest's device tree.</summary>
public ref struct GuestTreeParameters
{
    /// <summary>Bytes of the seed of the kernel's random number generator.</summary>
    public const int RngSeedSize = 256;

    /// <summary>The guest may be debugged: it takes the host's whole command line.</summary>
    public bool IsDebuggable { get; set; }

    /// <summary>This is the instance's first boot.</summary>
    public bool IsNewInstance { get; set; }

    /// <summary>What the device allows for debugging; nothing where the device itself is not in debug mode.</summary>
    public DebugPolicy Policy { get; set; }

    /// <summary>Moves the kernel in its virtual address space.</summary>
    public ulong KaslrSeed { get; set; }

    /// <summary>Starts the kernel's random number generator; <see cref="RngSeedSize"/> bytes.</summary>
    public ReadOnlySpan<byte> RngSeed { get; set; }

    /// <summary>The page with the next stage's secrets and certificates.</summary>
    public MemoryRange Handover { get; set; }
}
