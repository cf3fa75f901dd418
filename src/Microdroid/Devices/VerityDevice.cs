namespace Microdroid.Devices;

/// <summary>What dm-verity needs to know: blocks have 4096 bytes, the hash is SHA-256.</summary>
/// <param name="Name">The name of the new device.</param>
/// <param name="DataDevice">Where the data are.</param>
/// <param name="HashDevice">Where the tree is.</param>
/// <param name="DataSize">Bytes of data, a multiple of 4096.</param>
/// <param name="HashOffset">Where on the hash device the tree begins, a multiple of 4096.</param>
/// <param name="RootDigest">32 bytes, trusted.</param>
/// <param name="Salt">Hashed before each block; may be empty.</param>
internal sealed record VerityDevice(
    string Name, string DataDevice, string HashDevice, long DataSize, long HashOffset, ReadOnlyMemory<byte> RootDigest, ReadOnlyMemory<byte> Salt)
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 4096;
}
