using System.Runtime.InteropServices;

namespace BootLoader.Compression;

/// <summary>Functions of libzstd (zstd.h).</summary>
internal static unsafe partial class ZstdLibrary
{
    public const string FileName = "libzstd.so.1";
    public const string Package = "libzstd1";

    // ZSTD_d_stableOutBuffer, in the library since 1.4.6; one that lacks it returns an error and works on.
    public const int ZSTD_d_experimentalParam2 = 1001;

    [LibraryImport(FileName)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(FileName)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(FileName)]
    public static partial nuint ZSTD_DCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(FileName)]
    public static partial nuint ZSTD_decompressStream(nint context, ZSTD_outBuffer* output, ZSTD_inBuffer* input);

    [LibraryImport(FileName)]
    public static partial uint ZSTD_isError(nuint code);

    [StructLayout(LayoutKind.Sequential)]
    public struct ZSTD_inBuffer
    {
        public byte* src;
        public nuint size;
        public nuint pos;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ZSTD_outBuffer
    {
        public byte* dst;
        public nuint size;
        public nuint pos;
    }
}
