namespace BootLoader.Apk;

/// <summary>How the content of an APK is digested; of several signatures, the one whose digest comes last here is verified.</summary>
internal enum ContentDigest
{
    /// <summary>SHA-256 over the digests of chunks of 1 MiB.</summary>
    ChunkedSha256 = 1,

    /// <summary>The root of a tree over blocks of 4 KiB.</summary>
    VerityChunkedSha256,

    /// <summary>SHA-512 over the digests of chunks of 1 MiB.</summary>
    ChunkedSha512,
}
