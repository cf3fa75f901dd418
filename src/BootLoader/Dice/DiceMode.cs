namespace BootLoader.Dice;

/// <summary>What state a layer runs in (Open Profile for DICE, "Mode Value Details").</summary>
public enum DiceMode : byte
{
    /// <summary>At least one security mechanism is not set up.</summary>
    NotConfigured = 0,

    /// <summary>The device runs as it should in the field.</summary>
    Normal = 1,

    /// <summary>A debugger or the like may be attached, now or later.</summary>
    Debug = 2,

    /// <summary>The device is being repaired or recovered.</summary>
    Recovery = 3,
}
