namespace Pvmfw.Platform;

/// <content>Signatures.</content>
public readonly unsafe partial struct FirmwareCryptography
{
    private const int MinRsaSize = 256;

    // BR_MAX_RSA_SIZE of Debian's build is 4096 bits.
    private const int MaxRsaSize = 512;
    private const int Ed25519SecretSize = 64;
    private const int P256Size = 32;
    private const int P256PointSize = 1 + (2 * P256Size);
    private const byte UncompressedPoint = 4;

    // The digest algorithms' object identifiers (RFC 8017, B.1), a length before each.
    private static ReadOnlySpan<byte> OidSha256 => [9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

    private static ReadOnlySpan<byte> OidSha512 => [9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

    private static ReadOnlySpan<byte> Exponent65537 => [1, 0, 1];

    private static void* Sha256Class => (void*)Processor.Address(&BearSsl.Sha256Class);

    private static void* Curves => (void*)Processor.Address(&BearSsl.P256);

    /// <inheritdoc/>
    public static bool VerifyRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        if (modulus.Length is < MinRsaSize or > MaxRsaSize || signature.Length != modulus.Length || digest.Length is not (Sha256Size or Sha512Size))
        {
            return false;
        }

        Span<byte> signed = stackalloc byte[Sha512Size];
        signed = signed[..digest.Length];
        ReadOnlySpan<byte> oid = digest.Length == Sha256Size ? OidSha256 : OidSha512;
        BrRsaPublicKey key;
        key.Modulus = Pointer(modulus);
        key.ModulusLength = (nuint)modulus.Length;
        key.Exponent = Pointer(Exponent65537);
        key.ExponentLength = (nuint)Exponent65537.Length;
        uint recovered = BearSsl.RsaPkcs1Verify(
            Pointer(signature), (nuint)signature.Length, Pointer(oid), (nuint)digest.Length, &key, Pointer(signed));
        return recovered == 1 && AreEqual(signed, digest);
    }

    /// <inheritdoc/>
    public static void Ed25519PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Require(seed, 32);
        Require(publicKey, 32);
        Span<byte> secret = stackalloc byte[Ed25519SecretSize];
        if (Sodium.SeedKeyPair(Pointer(publicKey), Pointer(secret), Pointer(seed)) != 0)
        {
            Panic.Stop("no Ed25519 key pair"u8);
        }

        Wipe(secret);
    }

    /// <inheritdoc/>
    public static void SignEd25519(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Require(seed, 32);
        Require(signature, 64);
        Span<byte> secret = stackalloc byte[Ed25519SecretSize];
        Span<byte> publicKey = stackalloc byte[32];
        ulong length;
        if (Sodium.SeedKeyPair(Pointer(publicKey), Pointer(secret), Pointer(seed)) != 0
            || Sodium.Sign(Pointer(signature), &length, Pointer(message), (ulong)message.Length, Pointer(secret)) != 0)
        {
            Panic.Stop("no Ed25519 signature"u8);
        }

        Wipe(secret);
    }

    /// <inheritdoc/>
    public static bool VerifyEd25519(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == 32
        && signature.Length == 64
        && Sodium.Verify(Pointer(signature), Pointer(message), (ulong)message.Length, Pointer(publicKey)) == 0;

    /// <inheritdoc/>
    public static bool P256PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Require(publicKey, 2 * P256Size);
        if (!IsP256Scalar(privateKey))
        {
            return false;
        }

        Span<byte> point = stackalloc byte[P256PointSize];
        BrEcPrivateKey key = PrivateKey(privateKey);
        BrEcPublicKey result;
        if (BearSsl.EcPublicKey(Curves, &result, Pointer(point), &key) != P256PointSize)
        {
            return false;
        }

        point[1..].CopyTo(publicKey);
        return true;
    }

    /// <inheritdoc/>
    public static bool SignP256(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Require(signature, 2 * P256Size);
        if (!IsP256Scalar(privateKey))
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[Sha256Size];
        Sha256(message, default, digest);
        BrEcPrivateKey key = PrivateKey(privateKey);
        return BearSsl.EcdsaSign(Curves, Sha256Class, Pointer(digest), &key, Pointer(signature)) == 2 * P256Size;
    }

    /// <inheritdoc/>
    public static bool VerifyP256(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != 2 * P256Size || signature.Length != 2 * P256Size)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[Sha256Size];
        Sha256(message, default, digest);
        Span<byte> point = stackalloc byte[P256PointSize];
        point[0] = UncompressedPoint;
        publicKey.CopyTo(point[1..]);
        BrEcPublicKey key;
        key.Curve = BearSsl.Secp256r1;
        key.Point = Pointer(point);
        key.PointLength = P256PointSize;
        return BearSsl.EcdsaVerify(Curves, Pointer(digest), Sha256Size, &key, Pointer(signature), (nuint)signature.Length) == 1;
    }

    // The group's order n (FIPS 186-5, SP 800-186, 3.2.1.3): a private key is from 1 to n - 1. Compared without branches on the key.
    private static ReadOnlySpan<byte> P256Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    private static bool IsP256Scalar(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != P256Size)
        {
            return false;
        }

        int borrow = 0;
        int bits = 0;
        for (int index = P256Size - 1; index >= 0; index--)
        {
            borrow = ((privateKey[index] - P256Order[index] - borrow) >> 8) & 1;
            bits |= privateKey[index];
        }

        return (borrow & ((0 - bits) >> 31) & 1) == 1;
    }

    private static BrEcPrivateKey PrivateKey(ReadOnlySpan<byte> scalar)
    {
        BrEcPrivateKey key;
        key.Curve = BearSsl.Secp256r1;
        key.Scalar = Pointer(scalar);
        key.ScalarLength = (nuint)scalar.Length;
        return key;
    }
}
