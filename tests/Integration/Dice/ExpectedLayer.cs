using System.Security.Cryptography;
using System.Text;

namespace Integration.Dice;

/// <summary>A layer's secrets as the Open Profile for DICE derives them, computed from files and the device's secret alone.</summary>
/// <param name="Attest">CDI_Attest.</param>
/// <param name="Seal">CDI_Seal.</param>
internal sealed record ExpectedLayer(byte[] Attest, byte[] Seal)
{
    private static readonly byte[] s_keySalt = Convert.FromHexString(
        "63b6a04d2c077fc10f639f21da793844356cc2b0b441b3a77124035c03f8e1be6035d31f282821a7450a02222ab1b3cff1679b05ab1ca5d1affb789ccd2b0b3b");

    private static readonly byte[] s_idSalt = Convert.FromHexString(
        "dbdbaebc8020da9ff0dd5a24c83aa5a54286dfc263031e329b4da148430659fe62cdb5b7e1e00fc680306711eb444af77209359496fcff1db9520ba51c7b29ea");

    /// <summary>The layer above.</summary>
    /// <param name="code">The hash of its code.</param>
    /// <param name="descriptor">Its configuration descriptor.</param>
    /// <param name="authority">The hash of the key that vouches for it.</param>
    /// <param name="mode">1 normal, 2 debug.</param>
    /// <param name="hidden">What is not in the certificate.</param>
    public ExpectedLayer Next(byte[] code, byte[] descriptor, byte[] authority, byte mode, byte[] hidden)
    {
        byte[] attest = [.. code, .. SHA512.HashData(descriptor), .. authority, mode, .. hidden], seal = [.. authority, mode, .. hidden];
        return new ExpectedLayer(Derive(Attest, attest, "CDI_Attest"), Derive(Seal, seal, "CDI_Seal"));
    }

    /// <summary>The layer's key, as openssl computes it.</summary>
    public byte[] PublicKey() => OpenSsl.PublicKey(HKDF.DeriveKey(HashAlgorithmName.SHA512, Attest, 32, s_keySalt, Encoding.ASCII.GetBytes("Key Pair")));

    /// <summary>The id of a public key.</summary>
    public static string Id(byte[] publicKey)
    {
        byte[] id = HKDF.DeriveKey(HashAlgorithmName.SHA512, publicKey, 20, s_idSalt, Encoding.ASCII.GetBytes("ID"));
        id[0] &= 0x7f;
        return Convert.ToHexStringLower(id);
    }

    private static byte[] Derive(byte[] secret, byte[] inputs, string label) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA512, secret, 32, SHA512.HashData(inputs), Encoding.ASCII.GetBytes(label));
}
