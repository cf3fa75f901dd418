using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Kernel;

/// <summary>The header of an EFI program that carries a compressed kernel (Linux, drivers/firmware/efi/libstub/zboot-header.S).</summary>
/// <param name="PayloadOffset">Where the compressed kernel starts in the file.</param>
/// <param name="PayloadSize">Its bytes.</param>
/// <param name="Compression">How it is compressed, in the kernel's words: gzip, lz4, lzma, lzo, xzkern, zstd, zstd22.</param>
internal readonly record struct EfiZbootHeader(uint PayloadOffset, uint PayloadSize, string Compression)
{
    private const int CompressionOffset = 0x18;
    private const int CompressionSize = 0x20;

    /// <summary>Reads the header from a file's first bytes; false when they have none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> head, out EfiZbootHeader header)
    {
        header = default;
        if (head.Length < CompressionOffset + CompressionSize || !head.StartsWith("MZ"u8) || !head[4..].StartsWith("zimg"u8))
        {
            return false;
        }

        ReadOnlySpan<byte> name = head.Slice(CompressionOffset, CompressionSize);
        int end = name.IndexOf((byte)0);
        header = new EfiZbootHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(head[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(head[12..]),
            Encoding.ASCII.GetString(end < 0 ? name : name[..end]));
        return true;
    }
}
