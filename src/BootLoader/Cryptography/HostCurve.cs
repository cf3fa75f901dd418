using System.Security.Cryptography;

namespace BootLoader.Cryptography;

/// <summary>ECDSA over one of NIST's curves by .NET, with keys and signatures as bare numbers: big-endian, one behind the other.</summary>
internal sealed class HostCurve
{
    private readonly ECCurve _curve;
    private readonly HashAlgorithmName _hash;
    private readonly int _size;

    private HostCurve(ECCurve curve, HashAlgorithmName hash, int size)
    {
        _curve = curve;
        _hash = hash;
        _size = size;
    }

    /// <summary>P-256 with SHA-256.</summary>
    public static HostCurve P256 { get; } = new(ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256, 32);

    /// <summary>P-384 with SHA-384.</summary>
    public static HostCurve P384 { get; } = new(ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384, 48);

    /// <summary>The public key of a private key: X, then Y.</summary>
    /// <returns>False when the private key is out of range.</returns>
    public bool TryGetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        try
        {
            using ECDsa key = Private(privateKey);
            ECPoint q = key.ExportParameters(includePrivateParameters: false).Q;
            q.X.CopyTo(publicKey);
            q.Y.CopyTo(publicKey[_size..]);
            return true;
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            return false;
        }
    }

    /// <summary>Signs: r, then s.</summary>
    /// <returns>False when the private key is out of range.</returns>
    public bool TrySign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        try
        {
            using ECDsa key = Private(privateKey);
            return key.TrySignData(message, signature, _hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out _);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            return false;
        }
    }

    /// <summary>Verifies; false for everything that is no key or no signature.</summary>
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != 2 * _size || signature.Length != 2 * _size)
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create(new ECParameters
            {
                Curve = _curve,
                Q = new ECPoint { X = publicKey[.._size].ToArray(), Y = publicKey[_size..].ToArray() },
            });
            return key.VerifyData(message, signature, _hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            return false; // Not a point of the curve.
        }
    }

    /// <summary>What .NET says of numbers that are no key: OpenSSL's "not on the curve" becomes a platform that lacks the curve.</summary>
    private static bool IsRefusal(Exception failure) => failure is CryptographicException or PlatformNotSupportedException;

    private ECDsa Private(ReadOnlySpan<byte> privateKey)
    {
        byte[] d = privateKey.ToArray();
        try
        {
            return ECDsa.Create(new ECParameters { Curve = _curve, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
    }
}
