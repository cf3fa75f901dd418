namespace BootLoader.Firmware;

/// <summary>The entries of the firmware's configuration data, in their order.</summary>
public enum PvmfwConfigEntry
{
    /// <summary>The DICE hand-over; the only one that must be there.</summary>
    DiceHandover = 0,

    /// <summary>The debug policy, a device tree overlay.</summary>
    DebugPolicy = 1,

    /// <summary>The overlay of devices that may be assigned to VMs, since version 1.1.</summary>
    DeviceAssignment = 2,

    /// <summary>The device tree whose properties VMs may trust, since version 1.2.</summary>
    ReferenceTree = 3,

    /// <summary>Blobs for reserved memory, since version 1.3.</summary>
    ReservedMemory = 4,
}
