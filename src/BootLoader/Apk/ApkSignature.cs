using System.Security.Cryptography;

namespace BootLoader.Apk;

/// <summary>Who signed an APK, and what.</summary>
public sealed class ApkSignature
{
    internal ApkSignature(SignatureAlgorithm algorithm, byte[] certificate, byte[] publicKey, byte[] digest, uint minSdk, uint maxSdk)
    {
        Algorithm = algorithm;
        Certificate = certificate;
        PublicKey = publicKey;
        Digest = digest;
        MinSdk = minSdk;
        MaxSdk = maxSdk;
        CertificateHash = SHA512.HashData(certificate);
    }

    /// <summary>The algorithm of the strongest signature that is supported.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>The signer's certificate, DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The signer's public key, DER (SubjectPublicKeyInfo).</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The digest of the APK's content that was signed: <c>apk_digest</c> of an idsig.</summary>
    public ReadOnlyMemory<byte> Digest { get; }

    /// <summary>SHA-512 of <see cref="Certificate"/>: what AVF measures into the payload's DICE layer.</summary>
    public ReadOnlyMemory<byte> CertificateHash { get; }

    /// <summary>The lowest platform version that the signer is for.</summary>
    public uint MinSdk { get; }

    /// <summary>The highest platform version that the signer is for.</summary>
    public uint MaxSdk { get; }
}
