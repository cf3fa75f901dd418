namespace BootLoader.InstanceImage.Microdroid;

/// <summary>Which APEX an instance first booted (AVF microdroid_manager, instance.rs: ApexData).</summary>
/// <param name="Name">The name that the payload's metadata gives it.</param>
/// <param name="ManifestName">The name in its manifest.</param>
/// <param name="ManifestVersion">The version in its manifest.</param>
/// <param name="PublicKey">The key that its payload is signed with, in AVB's form.</param>
/// <param name="RootDigest">The root of its payload's hash tree.</param>
/// <param name="LastUpdateSeconds">When the host says that it was last updated, in seconds since 1970.</param>
/// <param name="IsFactory">Whether the host says that it came with the device.</param>
public sealed record ApexData(
    string Name,
    string? ManifestName,
    long? ManifestVersion,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte> RootDigest,
    ulong LastUpdateSeconds,
    bool IsFactory)
{
    /// <summary>Compares the bytes, not where they lie.</summary>
    public bool Equals(ApexData? other) =>
        other is not null
        && Name == other.Name
        && ManifestName == other.ManifestName
        && ManifestVersion == other.ManifestVersion
        && PublicKey.Span.SequenceEqual(other.PublicKey.Span)
        && RootDigest.Span.SequenceEqual(other.RootDigest.Span)
        && LastUpdateSeconds == other.LastUpdateSeconds
        && IsFactory == other.IsFactory;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, ManifestName, ManifestVersion, LastUpdateSeconds, IsFactory);
}
