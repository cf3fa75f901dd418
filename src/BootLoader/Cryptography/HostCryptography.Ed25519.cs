using System.Security.Cryptography;

namespace BootLoader.Cryptography;

public readonly unsafe partial struct HostCryptography
{
    /// <inheritdoc/>
    /// <exception cref="CryptographicException">OpenSSL refused.</exception>
    public static void Ed25519PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        using LibCrypto.Key key = LibCrypto.Key.FromPrivate(LibCrypto.NID_ED25519, seed);
        nuint length = (nuint)publicKey.Length;
        fixed (byte* raw = publicKey)
        {
            Require(LibCrypto.EVP_PKEY_get_raw_public_key(key.Pointer, raw, &length) == 1);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="CryptographicException">OpenSSL refused.</exception>
    public static void SignEd25519(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        using LibCrypto.Key key = LibCrypto.Key.FromPrivate(LibCrypto.NID_ED25519, seed);
        using var context = new LibCrypto.DigestContext();
        nuint length = (nuint)signature.Length;
        fixed (byte* data = message, raw = signature)
        {
            Require(LibCrypto.EVP_DigestSignInit(context.Pointer, null, null, null, key.Pointer) == 1);
            Require(LibCrypto.EVP_DigestSign(context.Pointer, raw, &length, data, (nuint)message.Length) == 1);
        }
    }

    /// <inheritdoc/>
    public static bool VerifyEd25519(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != 32 || signature.Length != 64)
        {
            return false;
        }

        using LibCrypto.Key key = LibCrypto.Key.FromPublic(LibCrypto.NID_ED25519, publicKey);
        using var context = new LibCrypto.DigestContext();
        fixed (byte* data = message, raw = signature)
        {
            Require(LibCrypto.EVP_DigestVerifyInit(context.Pointer, null, null, null, key.Pointer) == 1);
            return LibCrypto.EVP_DigestVerify(context.Pointer, raw, (nuint)signature.Length, data, (nuint)message.Length) == 1;
        }
    }

    private static void Require(bool succeeded)
    {
        if (!succeeded)
        {
            throw new CryptographicException("libcrypto refused an Ed25519 operation");
        }
    }
}
