using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Integration.Dice;

/// <summary>The authority hash of a key that signs images, computed from its PEM file alone.</summary>
internal static class AvbKeyHash
{
    /// <summary>SHA-512 of the key as libavb has it (avb_crypto.h): its bits, -1/n modulo 2^32, the modulus n, 2^(2 bits) modulo n.</summary>
    public static byte[] Of(byte[] pem)
    {
        using var key = RSA.Create();
        key.ImportFromPem(System.Text.Encoding.ASCII.GetString(pem));
        byte[] modulus = key.ExportParameters(includePrivateParameters: false).Modulus!;
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        var word = BigInteger.Pow(2, 32);
        var inverse = (uint)(word - BigInteger.ModPow(n % word, BigInteger.Pow(2, 30) - 1, word)); // n has odd order, a divisor of 2^30.
        byte[] square = BigInteger.ModPow(2, modulus.Length * 16, n).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] blob = new byte[8 + (2 * modulus.Length)];
        BinaryPrimitives.WriteInt32BigEndian(blob, modulus.Length * 8);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(4), inverse);
        modulus.CopyTo(blob, 8);
        square.CopyTo(blob, blob.Length - square.Length);
        return SHA512.HashData(blob);
    }
}
