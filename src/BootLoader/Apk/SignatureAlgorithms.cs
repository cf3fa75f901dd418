using System.Security.Cryptography;

namespace BootLoader.Apk;

/// <summary>What is known of signature algorithms, and their verification.</summary>
internal static class SignatureAlgorithms
{
    /// <summary>Whether it is known and not DSA.</summary>
    public static bool IsSupported(SignatureAlgorithm algorithm) => IsRsa(algorithm) || IsEcdsa(algorithm);

    /// <summary>How the content is digested.</summary>
    public static ContentDigest DigestOf(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.RsaPssWithSha512 or SignatureAlgorithm.RsaPkcs1V15WithSha512 or SignatureAlgorithm.EcdsaWithSha512 => ContentDigest.ChunkedSha512,
        SignatureAlgorithm.VerityRsaPkcs1V15WithSha256 or SignatureAlgorithm.VerityEcdsaWithSha256 or SignatureAlgorithm.VerityDsaWithSha256 =>
            ContentDigest.VerityChunkedSha256,
        _ => ContentDigest.ChunkedSha256,
    };

    /// <summary>The hash of the signature itself.</summary>
    public static HashAlgorithmName Hash(SignatureAlgorithm algorithm) =>
        DigestOf(algorithm) == ContentDigest.ChunkedSha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    /// <summary>Verifies a signature.</summary>
    /// <param name="algorithm">A supported one.</param>
    /// <param name="publicKey">SubjectPublicKeyInfo, DER.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">Of ECDSA, DER.</param>
    /// <exception cref="ApkException">It is not that key's signature.</exception>
    public static void Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        bool isValid;
        try
        {
            isValid = IsRsa(algorithm) ? VerifyRsa(algorithm, publicKey, data, signature) : VerifyEcdsa(algorithm, publicKey, data, signature);
        }
        catch (CryptographicException failure)
        {
            throw new ApkException($"the signer's public key is none for {algorithm}", failure);
        }

        if (!isValid)
        {
            throw new ApkException($"the signature ({algorithm}) is not one of the signer's key");
        }
    }

    private static bool IsRsa(SignatureAlgorithm algorithm) => algorithm is SignatureAlgorithm.RsaPssWithSha256 or SignatureAlgorithm.RsaPssWithSha512
        or SignatureAlgorithm.RsaPkcs1V15WithSha256 or SignatureAlgorithm.RsaPkcs1V15WithSha512 or SignatureAlgorithm.VerityRsaPkcs1V15WithSha256;

    private static bool IsEcdsa(SignatureAlgorithm algorithm) => algorithm
        is SignatureAlgorithm.EcdsaWithSha256 or SignatureAlgorithm.EcdsaWithSha512 or SignatureAlgorithm.VerityEcdsaWithSha256;

    private static bool VerifyRsa(SignatureAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(publicKey, out int read);
        bool isPss = algorithm is SignatureAlgorithm.RsaPssWithSha256 or SignatureAlgorithm.RsaPssWithSha512;
        return read == publicKey.Length
            && rsa.VerifyData(data, signature, Hash(algorithm), isPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private static bool VerifyEcdsa(SignatureAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(publicKey, out int read);
        return read == publicKey.Length && ecdsa.VerifyData(data, signature, Hash(algorithm), DSASignatureFormat.Rfc3279DerSequence);
    }
}
