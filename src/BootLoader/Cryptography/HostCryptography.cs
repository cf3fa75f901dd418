using System.Security.Cryptography;

namespace BootLoader.Cryptography;

/// <summary>The host's primitives: .NET's, and OpenSSL's where .NET has none.</summary>
/// <remarks>A structure, so that what is generic over it is compiled ahead of time; of a class it would be compiled at each start.</remarks>
public readonly partial struct HostCryptography : ICryptography
{
    private static readonly byte[] s_exponent = [1, 0, 1];

    /// <inheritdoc/>
    public static void Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest) =>
        Hash(HashAlgorithmName.SHA256, first, second, digest);

    /// <inheritdoc/>
    public static void Sha512(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest) =>
        Hash(HashAlgorithmName.SHA512, first, second, digest);

    /// <inheritdoc/>
    public static void HmacSha512(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> tag)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA512, key);
        hmac.AppendData(first);
        hmac.AppendData(second);
        hmac.GetHashAndReset(tag);
    }

    /// <inheritdoc/>
    public static void HkdfSha512(ReadOnlySpan<byte> inputKey, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA512, inputKey, output, salt, info);

    /// <inheritdoc/>
    public static bool VerifyRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        if (modulus.Length is < 256 or > 1024 || digest.Length is not (32 or 64) || signature.Length != modulus.Length)
        {
            return false;
        }

        try
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = modulus.ToArray(), Exponent = s_exponent });
            HashAlgorithmName hash = digest.Length == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
            return rsa.VerifyHash(digest, signature, hash, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false; // The modulus is no number that RSA can use.
        }
    }

    /// <inheritdoc/>
    public static void EncryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag)
    {
        using var gcm = new AesGcm(key, tag.Length);
        gcm.Encrypt(nonce, data, data, tag, associated);
    }

    /// <inheritdoc/>
    public static bool DecryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag)
    {
        using var gcm = new AesGcm(key, tag.Length);
        try
        {
            gcm.Decrypt(nonce, data, tag, data, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            Wipe(data);
            return false;
        }
    }

    /// <inheritdoc/>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);

    /// <inheritdoc/>
    public static void Wipe(Span<byte> secret) => CryptographicOperations.ZeroMemory(secret);

    private static void Hash(HashAlgorithmName name, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(name);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.GetHashAndReset(digest);
    }
}
