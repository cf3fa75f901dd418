namespace BootLoader.Avb.Slots;

/// <summary>What the verification of a slot found (libavb, AvbSlotVerifyResult).</summary>
public enum SlotVerdict
{
    /// <summary>Everything is genuine.</summary>
    Ok,

    /// <summary>A partition that is needed is not there or cannot be read whole.</summary>
    PartitionMissing,

    /// <summary>A vbmeta or a partition is not what was signed.</summary>
    Verification,

    /// <summary>A rollback index is less than the stored one.</summary>
    RollbackIndex,

    /// <summary>A vbmeta is signed by a key that is not the one to trust.</summary>
    PublicKeyRejected,

    /// <summary>What is signed makes no sense.</summary>
    InvalidMetadata,

    /// <summary>A vbmeta needs a newer verifier.</summary>
    UnsupportedVersion,
}
