namespace Microdroid.Payload;

/// <summary>Who signed an APK, and what it is.</summary>
/// <param name="CertificateHash">SHA-512 of the signer's certificate.</param>
/// <param name="PackageName">From its manifest; empty when it does not say.</param>
/// <param name="VersionCode">From its manifest; 0 when it does not say.</param>
internal sealed record ApkIdentity(ReadOnlyMemory<byte> CertificateHash, string PackageName, ulong VersionCode);
