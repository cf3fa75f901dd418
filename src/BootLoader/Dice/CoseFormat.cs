namespace BootLoader.Dice;

/// <summary>Numbers of COSE (RFC 9052, RFC 9053) that DICE uses.</summary>
internal static class CoseFormat
{
    /// <summary>The items of a COSE_Sign1: protected header, unprotected header, payload, signature (RFC 9052, 4.2).</summary>
    public const int SignItems = 4;

    /// <summary>Key of the algorithm in a header (RFC 9052, 3.1).</summary>
    public const long HeaderAlgorithm = 1;

    /// <summary>Key of the key type in a COSE_Key (RFC 9052, 7.1).</summary>
    public const long KeyType = 1;

    /// <summary>Key of the algorithm in a COSE_Key.</summary>
    public const long KeyAlgorithm = 3;

    /// <summary>Key of the permitted operations in a COSE_Key.</summary>
    public const long KeyOperations = 4;

    /// <summary>Key of the curve in a COSE_Key (RFC 9053, 7.1).</summary>
    public const long KeyCurve = -1;

    /// <summary>Key of the x coordinate, or the whole public key, in a COSE_Key.</summary>
    public const long KeyX = -2;

    /// <summary>Key of the y coordinate in a COSE_Key.</summary>
    public const long KeyY = -3;

    /// <summary>The key type OKP: octet key pair (RFC 9053, 7.2).</summary>
    public const long KeyTypeOctetPair = 1;

    /// <summary>The key type EC2: elliptic curve with both coordinates (RFC 9053, 7.1.1).</summary>
    public const long KeyTypeCurve = 2;

    /// <summary>The operation "verify".</summary>
    public const long OperationVerify = 2;

    /// <summary>The curve P-256.</summary>
    public const long CurveP256 = 1;

    /// <summary>The curve P-384.</summary>
    public const long CurveP384 = 2;

    /// <summary>The curve Ed25519.</summary>
    public const long CurveEd25519 = 6;

    /// <summary>What the signed form of a COSE_Sign1 begins with (RFC 9052, 4.4).</summary>
    public static ReadOnlySpan<byte> SignatureContext => "Signature1"u8;
}
