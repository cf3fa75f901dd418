using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BootLoader.Sources;

namespace BootLoader.Apk;

/// <summary>
/// Verifies APKs by APK Signature Scheme v3, in the order that source.android.com gives and AVF's libapkverify has. Other schemes do not count:
/// an APK that is signed by v1 or v2 only is refused. Proof of rotation is not looked at, as in libapkverify.
/// </summary>
public static class ApkVerifier
{
    /// <summary>The platform version of AVF as it is built here: Android 15.</summary>
    public const uint CurrentSdk = 35;

    /// <summary>Verifies signature and content.</summary>
    /// <param name="apk">The APK, to its last byte (<see cref="Zip.ZipSections.WithoutPadding"/>), which must not change meanwhile.</param>
    /// <param name="sdk">The platform version that the signer must be for.</param>
    /// <param name="progress">Told as content is digested; from several threads, one call at a time.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>Who signed it. Whether that is someone to trust is the caller's to say.</returns>
    /// <exception cref="ApkException">It is not signed, or is not what was signed.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static ApkSignature Verify(
        RandomAccessSource apk, uint sdk = CurrentSdk, IProgress<ApkProgress>? progress = null, CancellationToken cancellation = default)
    {
        V3Signer signer = FindSigner(apk, sdk, out ApkSections sections);
        (SignatureAlgorithm id, ReadOnlyMemory<byte> bytes) = signer.Strongest();
        SignatureAlgorithms.Verify(id, signer.PublicKey.Span, signer.SignedData.Span, bytes.Span);

        // Only from here on is the signed data somebody's word.
        V3SignedData data = V3SignedData.Read(signer.SignedData);
        if (data.MinSdk != signer.MinSdk || data.MaxSdk != signer.MaxSdk)
        {
            throw new ApkException($"the signer is for platform versions {signer.MinSdk} to {signer.MaxSdk}, but signed {data.MinSdk} to {data.MaxSdk}");
        }

        if (!AreSame(signer, data))
        {
            throw new ApkException("signatures and digests are not of the same algorithms: one was added or taken away");
        }

        ReadOnlyMemory<byte> digest = data.Digest(id);
        if (!CryptographicOperations.FixedTimeEquals(sections.Digest(id, progress, cancellation), digest.Span))
        {
            throw new ApkException($"the content is not what was signed: its digest is not {Convert.ToHexStringLower(digest.Span)}");
        }

        CheckCertificate(data.Certificate.Span, signer.PublicKey.Span);
        return new ApkSignature(id, data.Certificate.ToArray(), signer.PublicKey.ToArray(), digest.ToArray(), signer.MinSdk, signer.MaxSdk);
    }

    private static bool AreSame(V3Signer signer, V3SignedData data)
    {
        bool same = signer.Signatures.Count == data.Digests.Count;
        for (int i = 0; same && i < data.Digests.Count; i++)
        {
            same = signer.Signatures[i].Id == data.Digests[i].Id;
        }

        return same;
    }

    /// <summary>Reads who claims to have signed an APK, and what. Nothing is verified.</summary>
    /// <param name="apk">The APK, to its last byte.</param>
    /// <param name="sdk">The platform version that the signer must be for.</param>
    /// <exception cref="ApkException">It is not signed by scheme v3, or the signature is broken.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static ApkSignature ReadUnverified(RandomAccessSource apk, uint sdk = CurrentSdk)
    {
        V3Signer signer = FindSigner(apk, sdk, out _);
        (SignatureAlgorithm id, _) = signer.Strongest();
        V3SignedData data = V3SignedData.Read(signer.SignedData);
        return new ApkSignature(
            id, data.Certificate.ToArray(), signer.PublicKey.ToArray(), data.Digest(id).ToArray(), signer.MinSdk, signer.MaxSdk);
    }

    private static V3Signer FindSigner(RandomAccessSource apk, uint sdk, out ApkSections sections)
    {
        sections = ApkSections.Find(apk, out byte[]? block);
        if (block is null)
        {
            throw new ApkException("it has no APK signing block: sign it with scheme v3");
        }

        ReadOnlyMemory<byte> value = ApkSections.FindValue(block, ApkFormat.SignatureSchemeV3);
        return value.IsEmpty ? throw new ApkException("it is not signed by APK signature scheme v3, which is the only one that counts") : V3Signer.Read(value, sdk);
    }

    private static void CheckCertificate(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> publicKey)
    {
        byte[] certified;
        try
        {
            using X509Certificate2 read = X509CertificateLoader.LoadCertificate(certificate);
            certified = read.RawData.AsSpan().SequenceEqual(certificate)
                ? read.PublicKey.ExportSubjectPublicKeyInfo()
                : throw new ApkException("the signer's certificate is not one X.509 certificate in DER");
        }
        catch (CryptographicException failure)
        {
            throw new ApkException("the signer's certificate is not one X.509 certificate in DER", failure);
        }

        if (!certified.AsSpan().SequenceEqual(publicKey))
        {
            throw new ApkException("the signer's certificate is for another key than the one that signed");
        }
    }
}
