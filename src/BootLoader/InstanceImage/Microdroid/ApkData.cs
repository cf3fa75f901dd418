namespace BootLoader.InstanceImage.Microdroid;

/// <summary>Which APK an instance first booted (AVF microdroid_manager, instance.rs: ApkData).</summary>
/// <param name="RootHash">The root of its hash tree, as the idsig has it: 32 bytes.</param>
/// <param name="CertificateHash">SHA-512 of its signer's certificate.</param>
/// <param name="PackageName">The package's name; empty when the APK does not say.</param>
/// <param name="VersionCode">The version; 0 when the APK does not say.</param>
public sealed record ApkData(ReadOnlyMemory<byte> RootHash, ReadOnlyMemory<byte> CertificateHash, string PackageName, ulong VersionCode)
{
    /// <summary>Compares the bytes, not where they lie.</summary>
    public bool Equals(ApkData? other) =>
        other is not null
        && RootHash.Span.SequenceEqual(other.RootHash.Span)
        && CertificateHash.Span.SequenceEqual(other.CertificateHash.Span)
        && PackageName == other.PackageName
        && VersionCode == other.VersionCode;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PackageName, VersionCode, RootHash.Length);
}
