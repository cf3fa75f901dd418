namespace Microdroid.Payload;

/// <summary>An APK's hash tree.</summary>
/// <param name="RootHash">32 bytes; what the host says.</param>
/// <param name="Salt">Hashed before each block; mostly empty.</param>
/// <param name="TreeOffset">Where the tree begins, in bytes.</param>
/// <param name="TreeSize">Its bytes; 0 when the APK is one block, whose hash is the root.</param>
internal sealed record IdsigTree(ReadOnlyMemory<byte> RootHash, ReadOnlyMemory<byte> Salt, long TreeOffset, long TreeSize);
