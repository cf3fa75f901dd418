namespace Microdroid.Payload;

/// <summary>An APEX whose key vouches for the root of its payload's hash tree.</summary>
/// <param name="Name">From its manifest.</param>
/// <param name="Version">From its manifest.</param>
/// <param name="PublicKey">The key in AVB's form.</param>
/// <param name="RootDigest">The root of the tree, 32 bytes.</param>
/// <param name="Salt">Hashed before each block.</param>
/// <param name="PayloadOffset">Where in the APEX its payload begins, in bytes.</param>
/// <param name="PayloadSize">The payload's bytes.</param>
/// <param name="DataSize">How many of them are data.</param>
/// <param name="TreeOffset">Where in the payload the tree begins.</param>
internal sealed record ApexIdentity(
    string Name,
    long Version,
    ReadOnlyMemory<byte> PublicKey,
    ReadOnlyMemory<byte> RootDigest,
    ReadOnlyMemory<byte> Salt,
    long PayloadOffset,
    long PayloadSize,
    long DataSize,
    long TreeOffset);
