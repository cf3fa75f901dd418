namespace MicrodroidInit.Verified;

/// <summary>What of a hash tree is not supported.</summary>
public enum HashtreeFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is of another version than dm-verity's 1.</summary>
    Version,

    /// <summary>Its blocks have not 4096 bytes.</summary>
    BlockSize,

    /// <summary>Its hash is not SHA-256.</summary>
    Algorithm,

    /// <summary>The root digest has not 32 bytes.</summary>
    RootDigest,

    /// <summary>The salt is longer than any that a tool makes.</summary>
    Salt,

    /// <summary>The image is empty or not of whole blocks.</summary>
    ImageSize,

    /// <summary>The tree is empty, not of whole blocks, inside the image or too far away.</summary>
    Tree,
}
