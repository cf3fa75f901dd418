using System.Runtime.InteropServices;

namespace BootLoader.Compression;

/// <summary>Functions of liblz4 (lz4.h, lz4frame.h).</summary>
internal static unsafe partial class Lz4Library
{
    public const string FileName = "liblz4.so.1";
    public const string Package = "liblz4-1";
    public const uint LZ4F_VERSION = 100;

    [LibraryImport(FileName)]
    public static partial int LZ4_decompress_safe(byte* source, byte* destination, int compressedSize, int capacity);

    [LibraryImport(FileName)]
    public static partial int LZ4_decompress_safe_partial(byte* source, byte* destination, int compressedSize, int wanted, int capacity);

    [LibraryImport(FileName)]
    public static partial nuint LZ4F_createDecompressionContext(nint* context, uint version);

    [LibraryImport(FileName)]
    public static partial nuint LZ4F_freeDecompressionContext(nint context);

    [LibraryImport(FileName)]
    public static partial nuint LZ4F_decompress(
        nint context, byte* destination, nuint* destinationSize, byte* source, nuint* sourceSize, LZ4F_decompressOptions_t* options);

    [LibraryImport(FileName)]
    public static partial uint LZ4F_isError(nuint code);

    [StructLayout(LayoutKind.Sequential)]
    public struct LZ4F_decompressOptions_t
    {
        public uint stableDst;
        public uint skipChecksums;
        public uint reserved1;
        public uint reserved0;
    }
}
