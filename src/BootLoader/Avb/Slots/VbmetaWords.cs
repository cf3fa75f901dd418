namespace BootLoader.Avb.Slots;

/// <summary>What a verification found, in words.</summary>
public static class VbmetaWords
{
    /// <summary>The words for a result: the end of a sentence.</summary>
    public static string Of(VbmetaResult result) => result switch
    {
        VbmetaResult.Ok => "well formed, and its signature is right",
        VbmetaResult.OkNotSigned => "it is not signed",
        VbmetaResult.UnsupportedVersion => "it needs a newer verifier",
        VbmetaResult.BadAlgorithm => "its algorithm is unknown or does not fit its sizes",
        VbmetaResult.HashMismatch => "it was changed: its digest is not that of its content",
        VbmetaResult.BadKey => "its public key is not well formed",
        VbmetaResult.SignatureMismatch => "its signature is not that of its key",
        _ => "it is no vbmeta, or its lengths and offsets cannot be",
    };
}
