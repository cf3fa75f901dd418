namespace Virtio.Block.Formats.AndroidSparse;

/// <summary>Numbers of the Android sparse format (libsparse, sparse_format.h); all fields are little-endian.</summary>
internal static class SparseFormat
{
    public const uint SPARSE_HEADER_MAGIC = 0xed26ff3a;
    public const ushort MajorVersion = 1;
    public const int HeaderSize = 28;
    public const int ChunkHeaderSize = 12;
    public const ushort CHUNK_TYPE_RAW = 0xcac1;
    public const ushort CHUNK_TYPE_FILL = 0xcac2;
    public const ushort CHUNK_TYPE_DONT_CARE = 0xcac3;
    public const ushort CHUNK_TYPE_CRC32 = 0xcac4;

    /// <summary>The bytes of a fill chunk's pattern, and of a sum.</summary>
    public const int WordSize = 4;
}
