using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>Ed25519 and P-256, by the primitives that host and firmware share.</summary>
/// <typeparam name="TCryptography">The primitives.</typeparam>
public readonly struct DiceKeys<TCryptography> : IDiceKeys
    where TCryptography : ICryptography
{
    private const int PrivateKeySize = 32;

    /// <summary>The order of the group of P-256 (FIPS 186-4, D.1.2.3).</summary>
    private static ReadOnlySpan<byte> P256Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

#pragma warning disable CA1000 // The interface's members are static: it is a type that is passed, never an object.
    /// <inheritdoc/>
    public static bool TryDerive(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> seed, Span<byte> privateKey, Span<byte> publicKey)
    {
        privateKey = privateKey[..PrivateKeySize];
        switch (algorithm)
        {
            case DiceKeyAlgorithm.Ed25519:
                seed.CopyTo(privateKey);
                TCryptography.Ed25519PublicKey(privateKey, publicKey[..DicePublicKey.RawSize(algorithm)]);
                return true;
            case DiceKeyAlgorithm.P256:
                return DiceCurveKey.TryDerive<TCryptography>(seed, P256Order, privateKey)
                    && TCryptography.P256PublicKey(privateKey, publicKey[..DicePublicKey.RawSize(algorithm)]);
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public static bool TrySign(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        switch (algorithm)
        {
            case DiceKeyAlgorithm.Ed25519:
                TCryptography.SignEd25519(privateKey[..PrivateKeySize], message, signature);
                return true;
            case DiceKeyAlgorithm.P256:
                return TCryptography.SignP256(privateKey[..PrivateKeySize], message, signature);
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public static bool Verify(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        algorithm switch
        {
            DiceKeyAlgorithm.Ed25519 => TCryptography.VerifyEd25519(publicKey, message, signature),
            DiceKeyAlgorithm.P256 => TCryptography.VerifyP256(publicKey, message, signature),
            _ => false,
        };
}
