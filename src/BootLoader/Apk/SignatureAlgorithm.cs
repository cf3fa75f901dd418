namespace BootLoader.Apk;

/// <summary>Signature algorithm IDs of the APK Signature Schemes v2, v3 and v4 (source.android.com, APK Signature Scheme v2).</summary>
public enum SignatureAlgorithm : uint
{
    /// <summary>RSASSA-PSS with SHA-256, 32 bytes of salt; chunked SHA-256.</summary>
    RsaPssWithSha256 = 0x0101,

    /// <summary>RSASSA-PSS with SHA-512, 64 bytes of salt; chunked SHA-512.</summary>
    RsaPssWithSha512 = 0x0102,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256; chunked SHA-256.</summary>
    RsaPkcs1V15WithSha256 = 0x0103,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-512; chunked SHA-512.</summary>
    RsaPkcs1V15WithSha512 = 0x0104,

    /// <summary>ECDSA with SHA-256; chunked SHA-256.</summary>
    EcdsaWithSha256 = 0x0201,

    /// <summary>ECDSA with SHA-512; chunked SHA-512.</summary>
    EcdsaWithSha512 = 0x0202,

    /// <summary>DSA with SHA-256; not supported, as in AVF.</summary>
    DsaWithSha256 = 0x0301,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256; the root of a tree over blocks of 4 KiB.</summary>
    VerityRsaPkcs1V15WithSha256 = 0x0421,

    /// <summary>ECDSA with SHA-256; the root of a tree over blocks of 4 KiB.</summary>
    VerityEcdsaWithSha256 = 0x0423,

    /// <summary>DSA with SHA-256; not supported, as in AVF.</summary>
    VerityDsaWithSha256 = 0x0425,
}
