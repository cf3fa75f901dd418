namespace BootLoader.Apk;

/// <summary>Numbers of the APK Signing Block and of APK Signature Scheme v3 (source.android.com), little-endian in files.</summary>
internal static class ApkFormat
{
    /// <summary>APK Signature Scheme v3, the only one that libapkverify takes.</summary>
    public const uint SignatureSchemeV3 = 0xf05368c0;

    /// <summary>Fills the block up, so that its size is a multiple of 4096.</summary>
    public const uint Padding = 0x42726577;

    /// <summary>Bytes at the block's end: its size again, and the magic.</summary>
    public const int BlockFooter = 8 + 16;

    /// <summary>Bytes of the block's size, which it begins with and does not count.</summary>
    public const int BlockSizeField = 8;

    /// <summary>Bytes of a pair before its value: u64 size, u32 ID.</summary>
    public const int PairHeader = 12;

    /// <summary>A block that is larger is not read; genuine ones have some tens of KiB.</summary>
    public const int LargestBlock = 16 << 20;

    /// <summary>Bytes of a chunk of the content digest.</summary>
    public const int Chunk = 1 << 20;

    /// <summary>Hashed before each chunk, with the chunk's length.</summary>
    public const byte ChunkPrefix = 0xa5;

    /// <summary>Hashed before the digests of all chunks, with their number.</summary>
    public const byte ContentPrefix = 0x5a;

    /// <summary>Bytes of a block of the verity digest.</summary>
    public const int VerityBlock = 4096;

    /// <summary>Zero bytes that the verity digest hashes before each block.</summary>
    public const int VeritySalt = 8;

    /// <summary>What a block ends with.</summary>
    public static ReadOnlySpan<byte> Magic => "APK Sig Block 42"u8;
}
