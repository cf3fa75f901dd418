namespace BootLoader.Avb;

/// <summary>The sizes that an algorithm has. Shared with the firmware.</summary>
public static class AvbAlgorithmSizes
{
    /// <summary>The largest digest in bytes.</summary>
    public const int MaximumDigest = 64;

    /// <summary>Whether it is one of those that are known, <see cref="AvbAlgorithm.None"/> among them.</summary>
    public static bool IsKnown(AvbAlgorithm algorithm) => algorithm <= AvbAlgorithm.Sha512Rsa8192;

    /// <summary>Bytes of the digest; 0 for none.</summary>
    public static int Digest(AvbAlgorithm algorithm) => algorithm switch
    {
        AvbAlgorithm.Sha256Rsa2048 or AvbAlgorithm.Sha256Rsa4096 or AvbAlgorithm.Sha256Rsa8192 => 32,
        AvbAlgorithm.Sha512Rsa2048 or AvbAlgorithm.Sha512Rsa4096 or AvbAlgorithm.Sha512Rsa8192 => 64,
        _ => 0,
    };

    /// <summary>Bits of the key; 0 for none.</summary>
    public static int KeyBits(AvbAlgorithm algorithm) => algorithm switch
    {
        AvbAlgorithm.Sha256Rsa2048 or AvbAlgorithm.Sha512Rsa2048 => 2048,
        AvbAlgorithm.Sha256Rsa4096 or AvbAlgorithm.Sha512Rsa4096 => 4096,
        AvbAlgorithm.Sha256Rsa8192 or AvbAlgorithm.Sha512Rsa8192 => 8192,
        _ => 0,
    };

    /// <summary>Bytes of the signature, which are as many as the key's; 0 for none.</summary>
    public static int Signature(AvbAlgorithm algorithm) => KeyBits(algorithm) / 8;
}
