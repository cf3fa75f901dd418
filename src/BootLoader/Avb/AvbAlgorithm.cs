namespace BootLoader.Avb;

/// <summary>How a vbmeta is signed: a hash, and RSA with PKCS#1 v1.5 padding (libavb, avb_crypto.h).</summary>
public enum AvbAlgorithm : uint
{
    /// <summary>Not signed.</summary>
    None = 0,

    /// <summary>SHA-256, RSA with 2048 bits.</summary>
    Sha256Rsa2048 = 1,

    /// <summary>SHA-256, RSA with 4096 bits.</summary>
    Sha256Rsa4096 = 2,

    /// <summary>SHA-256, RSA with 8192 bits.</summary>
    Sha256Rsa8192 = 3,

    /// <summary>SHA-512, RSA with 2048 bits.</summary>
    Sha512Rsa2048 = 4,

    /// <summary>SHA-512, RSA with 4096 bits.</summary>
    Sha512Rsa4096 = 5,

    /// <summary>SHA-512, RSA with 8192 bits.</summary>
    Sha512Rsa8192 = 6,
}
