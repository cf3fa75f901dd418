namespace BootLoader.Dice;

/// <summary>A signature algorithm by its COSE number (RFC 9053, 2.1 and 2.2).</summary>
public enum DiceKeyAlgorithm
{
    /// <summary>No algorithm.</summary>
    None = 0,

    /// <summary>EdDSA over Ed25519.</summary>
    Ed25519 = -8,

    /// <summary>ECDSA over P-256 with SHA-256 (ES256).</summary>
    P256 = -7,

    /// <summary>ECDSA over P-384 with SHA-384 (ES384).</summary>
    P384 = -35,
}
