using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace BootLoader.Avb.Making;

/// <summary>An RSA key that signs vbmeta images, or the public half of one.</summary>
public sealed class AvbSigningKey : IDisposable
{
    private readonly RSA _rsa;

    private AvbSigningKey(RSA rsa, RSAParameters parameters)
    {
        _rsa = rsa;
        PublicKeyBlob = Encode(parameters.Modulus!);
    }

    /// <summary>Bits of the modulus.</summary>
    public int Bits => _rsa.KeySize;

    /// <summary>The public half as AVB stores it (<see cref="AvbPublicKey"/>).</summary>
    public byte[] PublicKeyBlob { get; }

    /// <summary>Reads a key.</summary>
    /// <param name="pem">The text of a PEM file with an RSA key, private or public, not encrypted.</param>
    /// <exception cref="AvbException">It holds no such key, or one of a size or exponent that AVB does not have.</exception>
    public static AvbSigningKey FromPem(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            RSAParameters parameters = rsa.ExportParameters(includePrivateParameters: false);
            if (rsa.KeySize is not (2048 or 4096 or 8192))
            {
                throw new AvbException($"an RSA key of {rsa.KeySize} bits cannot sign: 2048, 4096 and 8192 bits can");
            }

            if (new BigInteger(parameters.Exponent, isUnsigned: true, isBigEndian: true) != 65537)
            {
                throw new AvbException("an RSA key whose exponent is not 65537 cannot sign");
            }

            return new AvbSigningKey(rsa, parameters);
        }
        catch (Exception failure)
        {
            rsa.Dispose();
            if (failure is ArgumentException or CryptographicException)
            {
                throw new AvbException("not a PEM file with an unencrypted RSA key", failure);
            }

            throw;
        }
    }

    /// <summary>Signs.</summary>
    /// <param name="algorithm">Whose key size must be this key's.</param>
    /// <param name="digest">The digest of that algorithm.</param>
    /// <exception cref="AvbException">The key is of another size, or is only a public one.</exception>
    public byte[] Sign(AvbAlgorithm algorithm, ReadOnlySpan<byte> digest)
    {
        if (AvbAlgorithmSizes.KeyBits(algorithm) != Bits)
        {
            throw new AvbException($"a key of {Bits} bits cannot sign with {AvbAlgorithmNames.Name(algorithm)}");
        }

        try
        {
            HashAlgorithmName hash = digest.Length == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
            return _rsa.SignHash(digest, hash, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException failure)
        {
            throw new AvbException("the key cannot sign; is it only the public half?", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rsa.Dispose();

    private static byte[] Encode(byte[] modulus)
    {
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        BigInteger word = BigInteger.One << 32;
        // n⁻¹ mod 2^32 by Newton's iteration: each step doubles the bits that are right, of which n itself has three.
        uint low = (uint)(n % word), inverse = low;
        for (int bits = 3; bits < 32; bits *= 2)
        {
            inverse *= 2 - (low * inverse);
        }

        byte[] blob = new byte[AvbPublicKey.BlobSize(modulus.Length * 8)];
        BinaryPrimitives.WriteUInt32BigEndian(blob, (uint)modulus.Length * 8);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(4), 0 - inverse);
        modulus.CopyTo(blob, AvbPublicKey.HeaderSize);
        byte[] rr = BigInteger.ModPow(2, modulus.Length * 16, n).ToByteArray(isUnsigned: true, isBigEndian: true);
        rr.CopyTo(blob, blob.Length - rr.Length);
        return blob;
    }
}
