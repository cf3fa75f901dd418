using BootLoader.Cryptography;

namespace BootLoader.Dice.Host;

/// <summary>The host's key pairs: Ed25519 and P-256 like the firmware's, and P-384 by .NET.</summary>
public readonly struct HostDiceKeys : IDiceKeys
{
    private const int P384Size = 48;

    /// <summary>The order of the group of P-384 (FIPS 186-4, D.1.2.4).</summary>
    private static ReadOnlySpan<byte> P384Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
        0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
    ];

    /// <inheritdoc/>
    public static bool TryDerive(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> seed, Span<byte> privateKey, Span<byte> publicKey)
    {
        if (algorithm != DiceKeyAlgorithm.P384)
        {
            return DiceKeys<HostCryptography>.TryDerive(algorithm, seed, privateKey, publicKey);
        }

        privateKey = privateKey[..P384Size];
        return DiceCurveKey.TryDerive<HostCryptography>(seed, P384Order, privateKey) && HostCurve.P384.TryGetPublicKey(privateKey, publicKey);
    }

    /// <inheritdoc/>
    public static bool TrySign(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature) =>
        algorithm == DiceKeyAlgorithm.P384
            ? HostCurve.P384.TrySign(privateKey[..P384Size], message, signature)
            : DiceKeys<HostCryptography>.TrySign(algorithm, privateKey, message, signature);

    /// <inheritdoc/>
    public static bool Verify(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        algorithm == DiceKeyAlgorithm.P384
            ? HostCurve.P384.Verify(publicKey, message, signature)
            : DiceKeys<HostCryptography>.Verify(algorithm, publicKey, message, signature);
}
