namespace Pvmfw.DeviceTree;

/// <summary>What the firmware itself decided about a boot, for the guest's device tree.</summary>
public readonly struct GuestTreeParameters
{
    /// <summary>The guest may be debugged: it takes the host's whole command line.</summary>
    public bool IsDebuggable { get; init; }

    /// <summary>This is the instance's first boot.</summary>
    public bool IsNewInstance { get; init; }

    /// <summary>What the device allows for debugging; nothing where the device itself is not in debug mode.</summary>
    public DebugPolicy Policy { get; init; }

    /// <summary>The page with the next stage's secrets and certificates.</summary>
    public MemoryRange Handover { get; init; }
}
