namespace BootLoader.Avb.Slots;

/// <summary>What is to be verified, and against what.</summary>
public sealed class SlotRequest
{
    /// <summary>Opens a partition by its full name: a seekable stream, which the verifier closes, or null when there is none.</summary>
    public required Func<string, Stream?> Open { get; init; }

    /// <summary>Whether a key may sign the first vbmeta (<see cref="AvbPublicKey"/>).</summary>
    public required Predicate<ReadOnlyMemory<byte>> IsTrusted { get; init; }

    /// <summary>The partition of the first vbmeta; it may be at its beginning or behind a footer.</summary>
    public string FirstPartition { get; init; } = "vbmeta";

    /// <summary>Appended to the names of partitions that have slots: <c>_a</c>, <c>_b</c>, or nothing.</summary>
    public string SlotSuffix { get; init; } = "";

    /// <summary>The partitions with hash descriptors that are verified; null for all.</summary>
    public IReadOnlyCollection<string>? Partitions { get; init; }

    /// <summary>Whether partitions with hash trees are verified here, whole; the kernel does it block by block anyhow.</summary>
    public bool VerifyHashtrees { get; init; }

    /// <summary>The stored rollback index of a location.</summary>
    public Func<uint, ulong> StoredRollbackIndex { get; init; } = static _ => 0;

    /// <summary>Values of variables in kernel parameters: ANDROID_SYSTEM_PARTUUID and others. Those without value stay.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>What dm-verity is told to do with bad blocks.</summary>
    public VerityErrorMode ErrorMode { get; init; } = VerityErrorMode.RestartAndInvalidate;

    /// <summary>Whether the device counts as unlocked in the kernel parameters. Nothing is verified less.</summary>
    public bool IsUnlocked { get; init; }
}
