namespace BootLoader.Dice;

/// <summary>Sizes, salts, labels and map keys of DICE (Open Profile for DICE; Android Profile for DICE) and of the hand-over between layers.</summary>
public static class DiceFormat
{
    /// <summary>Size of a CDI, in bytes.</summary>
    public const int CdiSize = 32;

    /// <summary>Size of a hash, in bytes: SHA-512.</summary>
    public const int HashSize = 64;

    /// <summary>Size of the hidden input, in bytes.</summary>
    public const int HiddenSize = 64;

    /// <summary>Size of the configuration input, in bytes: an inline value or the hash of a descriptor.</summary>
    public const int ConfigurationSize = 64;

    /// <summary>Size of what a key pair is derived from, in bytes.</summary>
    public const int KeySeedSize = 32;

    /// <summary>Size of the id of a public key, in bytes.</summary>
    public const int IdSize = 20;

    /// <summary>Size of an id as a certificate has it, in bytes: lower-case hexadecimal.</summary>
    public const int IdTextSize = 2 * IdSize;

    /// <summary>Key of CDI_Attest in a hand-over.</summary>
    public const long HandoverCdiAttest = 1;

    /// <summary>Key of CDI_Seal in a hand-over.</summary>
    public const long HandoverCdiSeal = 2;

    /// <summary>Key of the certificate chain in a hand-over.</summary>
    public const long HandoverChain = 3;

    /// <summary>Key of the issuer in a certificate (RFC 8392, 3.1.1).</summary>
    public const long Issuer = 1;

    /// <summary>Key of the subject in a certificate (RFC 8392, 3.1.2).</summary>
    public const long Subject = 2;

    /// <summary>Key of the code hash in a certificate.</summary>
    public const long CodeHash = -4670545;

    /// <summary>Key of the code descriptor in a certificate.</summary>
    public const long CodeDescriptor = -4670546;

    /// <summary>Key of the configuration hash in a certificate.</summary>
    public const long ConfigurationHash = -4670547;

    /// <summary>Key of the configuration descriptor in a certificate; of the inline configuration when there is no configuration hash.</summary>
    public const long ConfigurationDescriptor = -4670548;

    /// <summary>Key of the authority hash in a certificate.</summary>
    public const long AuthorityHash = -4670549;

    /// <summary>Key of the authority descriptor in a certificate.</summary>
    public const long AuthorityDescriptor = -4670550;

    /// <summary>Key of the mode in a certificate.</summary>
    public const long Mode = -4670551;

    /// <summary>Key of the subject's public key in a certificate.</summary>
    public const long SubjectPublicKey = -4670552;

    /// <summary>Key of the key usage in a certificate.</summary>
    public const long KeyUsage = -4670553;

    /// <summary>Key of the profile name in a certificate.</summary>
    public const long ProfileName = -4670554;

    /// <summary>The key usage bit that allows to sign certificates (RFC 5280, 4.2.1.3, keyCertSign), in the first byte.</summary>
    public const byte KeyUsageCertificateSign = 0x20;

    /// <summary>Key of the component name in a configuration descriptor.</summary>
    public const long ComponentName = -70002;

    /// <summary>Key of the component version in a configuration descriptor.</summary>
    public const long ComponentVersion = -70003;

    /// <summary>Key in a configuration descriptor that says that a factory reset changes the layer's inputs.</summary>
    public const long Resettable = -70004;

    /// <summary>Key of the security version in a configuration descriptor.</summary>
    public const long SecurityVersion = -70005;

    /// <summary>Key in a configuration descriptor that marks the VM which serves remote key provisioning.</summary>
    public const long RkpVmMarker = -70006;

    /// <summary>Key of the component's instance name in a configuration descriptor.</summary>
    public const long ComponentInstanceName = -70007;

    /// <summary>Key of the path of the payload's configuration (Android Virtualization Framework).</summary>
    public const long PayloadConfigPath = -71000;

    /// <summary>Key of the payload's configuration itself (Android Virtualization Framework): a map.</summary>
    public const long PayloadConfig = -71001;

    /// <summary>Key of the payload binary's name in the payload's configuration.</summary>
    public const long PayloadBinaryName = 1;

    /// <summary>Key of the list of sub-components (Android Virtualization Framework).</summary>
    public const long SubComponents = -71002;

    /// <summary>Key of the VM instance's hash (Android Virtualization Framework).</summary>
    public const long InstanceHash = -71003;

    /// <summary>Key of a sub-component's name.</summary>
    public const long SubComponentName = 1;

    /// <summary>Key of a sub-component's security version.</summary>
    public const long SubComponentVersion = 2;

    /// <summary>Key of a sub-component's code hash.</summary>
    public const long SubComponentCodeHash = 3;

    /// <summary>Key of a sub-component's authority hash.</summary>
    public const long SubComponentAuthorityHash = 4;

    /// <summary>What CDI_Attest is derived for.</summary>
    public static ReadOnlySpan<byte> CdiAttestLabel => "CDI_Attest"u8;

    /// <summary>What CDI_Seal is derived for.</summary>
    public static ReadOnlySpan<byte> CdiSealLabel => "CDI_Seal"u8;

    /// <summary>What a key pair is derived for.</summary>
    public static ReadOnlySpan<byte> KeyPairLabel => "Key Pair"u8;

    /// <summary>What an id is derived for.</summary>
    public static ReadOnlySpan<byte> IdLabel => "ID"u8;

    /// <summary>The salt of key pairs (ASYM_SALT).</summary>
    public static ReadOnlySpan<byte> KeyPairSalt =>
    [
        0x63, 0xb6, 0xa0, 0x4d, 0x2c, 0x07, 0x7f, 0xc1, 0x0f, 0x63, 0x9f, 0x21, 0xda, 0x79, 0x38, 0x44,
        0x35, 0x6c, 0xc2, 0xb0, 0xb4, 0x41, 0xb3, 0xa7, 0x71, 0x24, 0x03, 0x5c, 0x03, 0xf8, 0xe1, 0xbe,
        0x60, 0x35, 0xd3, 0x1f, 0x28, 0x28, 0x21, 0xa7, 0x45, 0x0a, 0x02, 0x22, 0x2a, 0xb1, 0xb3, 0xcf,
        0xf1, 0x67, 0x9b, 0x05, 0xab, 0x1c, 0xa5, 0xd1, 0xaf, 0xfb, 0x78, 0x9c, 0xcd, 0x2b, 0x0b, 0x3b,
    ];

    /// <summary>The salt of ids (ID_SALT).</summary>
    public static ReadOnlySpan<byte> IdSalt =>
    [
        0xdb, 0xdb, 0xae, 0xbc, 0x80, 0x20, 0xda, 0x9f, 0xf0, 0xdd, 0x5a, 0x24, 0xc8, 0x3a, 0xa5, 0xa5,
        0x42, 0x86, 0xdf, 0xc2, 0x63, 0x03, 0x1e, 0x32, 0x9b, 0x4d, 0xa1, 0x48, 0x43, 0x06, 0x59, 0xfe,
        0x62, 0xcd, 0xb5, 0xb7, 0xe1, 0xe0, 0x0f, 0xc6, 0x80, 0x30, 0x67, 0x11, 0xeb, 0x44, 0x4a, 0xf7,
        0x72, 0x09, 0x35, 0x94, 0x96, 0xfc, 0xff, 0x1d, 0xb9, 0x52, 0x0b, 0xa5, 0x1c, 0x7b, 0x29, 0xea,
    ];
}
