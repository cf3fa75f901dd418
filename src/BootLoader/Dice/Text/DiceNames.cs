namespace BootLoader.Dice.Text;

/// <summary>Numbers of DICE in words.</summary>
public static class DiceNames
{
    /// <summary>An algorithm's name.</summary>
    public static string Of(DiceKeyAlgorithm algorithm) => algorithm switch
    {
        DiceKeyAlgorithm.Ed25519 => "Ed25519",
        DiceKeyAlgorithm.P256 => "P-256",
        DiceKeyAlgorithm.P384 => "P-384",
        _ => "no key",
    };

    /// <summary>A mode's name.</summary>
    public static string Of(DiceMode mode) => mode switch
    {
        DiceMode.NotConfigured => "not configured",
        DiceMode.Normal => "normal",
        DiceMode.Debug => "debug",
        DiceMode.Recovery => "recovery",
        _ => "unknown",
    };

    /// <summary>An error in words that follow on a name: "certificate 2 …".</summary>
    public static string Of(DiceError error) => error switch
    {
        DiceError.None => "is right",
        DiceError.NotCbor => "is no CBOR of definite lengths, shortest numbers and distinct keys, or ends early",
        DiceError.WrongStructure => "has not the structure that DICE gives it",
        DiceError.TrailingBytes => "is followed by bytes that do not belong to it",
        DiceError.WrongCdiSize => "has a CDI that is not 32 bytes long",
        DiceError.WrongHashSize => "has a hash of a wrong size",
        DiceError.UnsupportedKey => "has a key that is neither Ed25519, P-256 nor P-384",
        DiceError.WrongMode => "has no mode, or one that is unknown",
        DiceError.WrongCertificateCount => $"has no certificate, or more than {DiceChain.MaximumCertificates}",
        DiceError.AlgorithmMismatch => "is signed by another algorithm than that of the key before it",
        DiceError.IssuerMismatch => "was issued by another key than the one before it",
        DiceError.SubjectMismatch => "names a subject that is not the id of its key",
        DiceError.ConfigurationMismatch => "has a configuration hash that is not that of its configuration",
        DiceError.KeyUsageForbidsSigning => "has a key that signed the next certificate without the right to",
        DiceError.CertificateTooLarge => "is too large",
        DiceError.WrongSignature => "has a wrong signature",
        DiceError.LeafKeyMismatch => "ends with a key that does not belong to CDI_Attest",
        DiceError.KeyDerivationFailed => "has no key that can be derived",
        DiceError.OutputTooSmall => "does not fit",
        _ => "is wrong",
    };
}
