using System.Security.Cryptography;

namespace BootLoader.Cryptography;

public sealed partial class HostCryptography
{
    private const int P256Size = 32;

    /// <inheritdoc/>
    public static bool P256PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        try
        {
            using ECDsa key = Private(privateKey);
            ECPoint q = key.ExportParameters(includePrivateParameters: false).Q;
            q.X.CopyTo(publicKey);
            q.Y.CopyTo(publicKey[P256Size..]);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public static bool SignP256(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        try
        {
            using ECDsa key = Private(privateKey);
            return key.TrySignData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public static bool VerifyP256(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != 2 * P256Size || signature.Length != 2 * P256Size)
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = publicKey[..P256Size].ToArray(), Y = publicKey[P256Size..].ToArray() },
            });
            return key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
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
            return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
    }
}
