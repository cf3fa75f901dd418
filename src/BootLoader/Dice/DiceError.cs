namespace BootLoader.Dice;

/// <summary>Why a DICE structure was refused or could not be made.</summary>
public enum DiceError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The data is not CBOR in the form that is asked for (definite lengths, shortest numbers, no duplicate keys), or ends early.</summary>
    NotCbor,

    /// <summary>The data is CBOR, but not the map, array, key or value that belongs there.</summary>
    WrongStructure,

    /// <summary>Bytes follow the structure.</summary>
    TrailingBytes,

    /// <summary>A CDI has not 32 bytes.</summary>
    WrongCdiSize,

    /// <summary>A hash, hidden value or inline configuration has a size that DICE does not use.</summary>
    WrongHashSize,

    /// <summary>A key is of a type, curve or algorithm that is not supported, or has a coordinate of the wrong size.</summary>
    UnsupportedKey,

    /// <summary>A mode is none of the four.</summary>
    WrongMode,

    /// <summary>A chain has no certificate, or more than <see cref="DiceChain.MaximumCertificates"/>.</summary>
    WrongCertificateCount,

    /// <summary>A certificate is signed by another algorithm than that of the key before it.</summary>
    AlgorithmMismatch,

    /// <summary>A certificate's issuer is not the id of the key before it.</summary>
    IssuerMismatch,

    /// <summary>A certificate's subject is not the id of its key.</summary>
    SubjectMismatch,

    /// <summary>A certificate's configuration hash is not that of its configuration descriptor.</summary>
    ConfigurationMismatch,

    /// <summary>A key signed a certificate, but its own certificate does not allow it that.</summary>
    KeyUsageForbidsSigning,

    /// <summary>A certificate is too large for the buffer that its signed form is put together in.</summary>
    CertificateTooLarge,

    /// <summary>A certificate's signature is wrong.</summary>
    WrongSignature,

    /// <summary>The last key of the chain is not the one that belongs to CDI_Attest.</summary>
    LeafKeyMismatch,

    /// <summary>No key of the algorithm can be derived or signed with.</summary>
    KeyDerivationFailed,

    /// <summary>The output does not fit the buffer.</summary>
    OutputTooSmall,
}
