namespace BootLoader.Avb;

/// <summary>What the verification of a vbmeta found (libavb, AvbVBMetaVerifyResult).</summary>
public enum VbmetaResult
{
    /// <summary>Well formed, and signed by the key that it holds. Whether that key is trusted is another question.</summary>
    Ok,

    /// <summary>Well formed and not signed: nothing in it can be trusted.</summary>
    OkNotSigned,

    /// <summary>Shorter than a header, not a vbmeta, or with lengths and offsets that cannot be.</summary>
    InvalidHeader,

    /// <summary>It needs a newer libavb.</summary>
    UnsupportedVersion,

    /// <summary>The algorithm is unknown, or its sizes are not those of the algorithm.</summary>
    BadAlgorithm,

    /// <summary>The header or the descriptors were changed: their digest is not the recorded one.</summary>
    HashMismatch,

    /// <summary>The public key is not well formed or not of the algorithm's size.</summary>
    BadKey,

    /// <summary>The signature is not the key's.</summary>
    SignatureMismatch,
}
