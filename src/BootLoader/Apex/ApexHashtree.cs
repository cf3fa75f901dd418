namespace BootLoader.Apex;

/// <summary>What dm-verity needs to know of an APEX payload; offsets count from the payload's beginning.</summary>
/// <param name="ImageSize">Bytes of the data.</param>
/// <param name="TreeOffset">Where the tree lies.</param>
/// <param name="TreeSize">Bytes of the tree.</param>
/// <param name="DataBlockSize">Bytes of a data block.</param>
/// <param name="HashBlockSize">Bytes of a hash block.</param>
/// <param name="Algorithm">The name of the hash, as device-mapper tables spell it.</param>
/// <param name="Salt">Hashed before each block; may be empty.</param>
/// <param name="RootDigest">The digest of the topmost block.</param>
public sealed record ApexHashtree(
    long ImageSize,
    long TreeOffset,
    long TreeSize,
    int DataBlockSize,
    int HashBlockSize,
    string Algorithm,
    ReadOnlyMemory<byte> Salt,
    ReadOnlyMemory<byte> RootDigest);
