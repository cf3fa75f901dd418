namespace BootLoader.Avb.Slots;

/// <summary>What dm-verity does with a block that is not genuine (libavb, AvbHashtreeErrorMode).</summary>
public enum VerityErrorMode
{
    /// <summary>The guest restarts, and the slot is marked as broken.</summary>
    RestartAndInvalidate,

    /// <summary>The guest restarts.</summary>
    Restart,

    /// <summary>The read fails.</summary>
    Eio,

    /// <summary>It is logged and read all the same.</summary>
    Logging,

    /// <summary>The kernel panics.</summary>
    Panic,
}
