namespace BootLoader.Avb.Slots;

/// <summary>What is known of a slot.</summary>
public sealed class SlotVerification
{
    /// <summary>Whether it may be booted.</summary>
    public required SlotVerdict Verdict { get; init; }

    /// <summary>Why not: one line; empty when all is well.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether the first vbmeta turns verification off; then nothing beyond it was looked at.</summary>
    public bool IsVerificationDisabled { get; init; }

    /// <summary>The parameters to add to the kernel's.</summary>
    public string Cmdline { get; init; } = "";

    /// <summary>The digest of all vbmeta images in the order they were loaded.</summary>
    public ReadOnlyMemory<byte> VbmetaDigest { get; init; }

    /// <summary>The partitions whose vbmeta was loaded, in that order.</summary>
    public IReadOnlyList<string> Vbmetas { get; init; } = [];

    /// <summary>The partitions that were verified here.</summary>
    public IReadOnlyList<string> Verified { get; init; } = [];

    /// <summary>The rollback index of each location that is used; to be stored once the slot has booted.</summary>
    public IReadOnlyDictionary<uint, ulong> RollbackIndexes { get; init; } = new Dictionary<uint, ulong>();
}
