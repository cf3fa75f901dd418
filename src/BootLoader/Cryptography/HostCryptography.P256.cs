namespace BootLoader.Cryptography;

public readonly partial struct HostCryptography
{
    /// <inheritdoc/>
    public static bool P256PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => HostCurve.P256.TryGetPublicKey(privateKey, publicKey);

    /// <inheritdoc/>
    public static bool SignP256(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature) =>
        HostCurve.P256.TrySign(privateKey, message, signature);

    /// <inheritdoc/>
    public static bool VerifyP256(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        HostCurve.P256.Verify(publicKey, message, signature);
}
