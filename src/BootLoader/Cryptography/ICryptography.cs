namespace BootLoader.Cryptography;

/// <summary>
/// The primitives that verification and key derivation stand on. Formats are written once against this; the host's are .NET's and OpenSSL's
/// (<see cref="HostCryptography"/>), the firmware's those of the static libraries it is linked with.
/// </summary>
/// <remarks>Nothing here allocates in the firmware, throws, or keeps a reference to a span.</remarks>
public interface ICryptography : IDigest
{
    /// <summary>SHA-512 of two spans, one after the other.</summary>
    /// <param name="first">The first bytes.</param>
    /// <param name="second">The bytes that follow, may be empty.</param>
    /// <param name="digest">Takes 64 bytes.</param>
    static abstract void Sha512(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest);

    /// <summary>HMAC-SHA512 of two spans, one after the other.</summary>
    /// <param name="key">The key, any length.</param>
    /// <param name="first">The first bytes.</param>
    /// <param name="second">The bytes that follow, may be empty.</param>
    /// <param name="tag">Takes 64 bytes.</param>
    static abstract void HmacSha512(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> tag);

    /// <summary>HKDF with SHA-512 (RFC 5869), both steps.</summary>
    /// <param name="inputKey">The input keying material.</param>
    /// <param name="salt">The salt, may be empty.</param>
    /// <param name="info">What the key is for.</param>
    /// <param name="output">Filled whole; at most 255 × 64 bytes.</param>
    static abstract void HkdfSha512(ReadOnlySpan<byte> inputKey, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output);

    /// <summary>Verifies an RSA signature with PKCS#1 v1.5 padding (RFC 8017, 8.2) and the exponent 65537.</summary>
    /// <param name="modulus">Big-endian, 256 to 1024 bytes.</param>
    /// <param name="digest">The digest that was signed: 32 bytes means SHA-256, 64 SHA-512.</param>
    /// <param name="signature">As long as the modulus.</param>
    /// <returns>False for every signature, key size and digest length that is not valid or not supported.</returns>
    static abstract bool VerifyRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature);

    /// <summary>The Ed25519 public key (RFC 8032) of a 32-byte seed.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="publicKey">Takes 32 bytes.</param>
    static abstract void Ed25519PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    /// <summary>Signs with Ed25519 (RFC 8032).</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="message">What is signed.</param>
    /// <param name="signature">Takes 64 bytes.</param>
    static abstract void SignEd25519(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>Verifies an Ed25519 signature (RFC 8032).</summary>
    /// <param name="publicKey">32 bytes.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes.</param>
    static abstract bool VerifyEd25519(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>The P-256 public key of a private key.</summary>
    /// <param name="privateKey">32 bytes, big-endian, from 1 to the group's order less one.</param>
    /// <param name="publicKey">Takes 64 bytes: X, then Y.</param>
    /// <returns>False when the private key is out of range.</returns>
    static abstract bool P256PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>Signs with ECDSA over P-256; the message is hashed with SHA-256.</summary>
    /// <param name="privateKey">32 bytes, big-endian.</param>
    /// <param name="message">What is signed.</param>
    /// <param name="signature">Takes 64 bytes: r, then s.</param>
    /// <returns>False when the private key is out of range.</returns>
    static abstract bool SignP256(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature);

    /// <summary>Verifies an ECDSA signature over P-256 of a message hashed with SHA-256.</summary>
    /// <param name="publicKey">64 bytes: X, then Y.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes: r, then s.</param>
    static abstract bool VerifyP256(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>Encrypts in place with AES-256-GCM (NIST SP 800-38D).</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes, never used twice with the key.</param>
    /// <param name="associated">Authenticated, not encrypted; may be empty.</param>
    /// <param name="data">The plaintext; becomes the ciphertext.</param>
    /// <param name="tag">Takes 16 bytes.</param>
    static abstract void EncryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag);

    /// <summary>Decrypts in place with AES-256-GCM (NIST SP 800-38D).</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="associated">As it was when encrypting.</param>
    /// <param name="data">The ciphertext; becomes the plaintext, or zeros when the tag is wrong.</param>
    /// <param name="tag">16 bytes.</param>
    /// <returns>Whether the tag is right.</returns>
    static abstract bool DecryptAes256Gcm(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag);

    /// <summary>Overwrites a secret with zeros, which no compiler leaves out.</summary>
    static abstract void Wipe(Span<byte> secret);
}
