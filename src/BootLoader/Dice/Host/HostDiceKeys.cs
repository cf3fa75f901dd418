using System.Security.Cryptography;
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
        if (!DiceCurveKey.TryDerive<HostCryptography>(seed, P384Order, privateKey))
        {
            return false;
        }

        using ECDsa key = Private(privateKey);
        ECPoint q = key.ExportParameters(includePrivateParameters: false).Q;
        q.X.CopyTo(publicKey);
        q.Y.CopyTo(publicKey[P384Size..]);
        return true;
    }

    /// <inheritdoc/>
    public static bool TrySign(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (algorithm != DiceKeyAlgorithm.P384)
        {
            return DiceKeys<HostCryptography>.TrySign(algorithm, privateKey, message, signature);
        }

        using ECDsa key = Private(privateKey[..P384Size]);
        return key.TrySignData(message, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
    }

    /// <inheritdoc/>
    public static bool Verify(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (algorithm != DiceKeyAlgorithm.P384)
        {
            return DiceKeys<HostCryptography>.Verify(algorithm, publicKey, message, signature);
        }

        if (publicKey.Length != 2 * P384Size || signature.Length != 2 * P384Size)
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP384,
                Q = new ECPoint { X = publicKey[..P384Size].ToArray(), Y = publicKey[P384Size..].ToArray() },
            });
            return key.VerifyData(message, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false; // Not a point of the curve.
        }
    }

    private static ECDsa Private(ReadOnlySpan<byte> privateKey)
    {
        byte[] d = privateKey.ToArray();
        try
        {
            return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP384, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
    }
}
