using System.Buffers;
using System.Buffers.Binary;

namespace BootLoader.Compression;

/// <summary>LZ4's legacy frame format (lz4_Frame_format.md, "Legacy frame"): blocks of 8 MiB, each for itself, without sums or end mark.</summary>
internal sealed unsafe class Lz4LegacyDecoder : Decoder
{
    // Every block but the last decompresses to exactly this.
    private const int BlockSize = 8 << 20;

    // LZ4_COMPRESSBOUND of a block. A larger "size" is no block: kernel builds put the decompressed length behind the last one.
    private const int LargestCompressedBlock = BlockSize + (BlockSize / 255) + 16;

    /// <inheritdoc/>
    public override string Name => "lz4";

    /// <inheritdoc/>
    protected override int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more)
    {
        SystemLibrary.Require(Lz4Library.FileName, Lz4Library.Package);
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        source.ReadExactly(magic);
        byte[] compressed = ArrayPool<byte>.Shared.Rent((int)Math.Min(source.Length, LargestCompressedBlock));
        try
        {
            int written = 0;
            more = false;
            while (!more && TryReadBlock(source, compressed, written, out Span<byte> block))
            {
                int got = DecodeBlock(block, destination[written..]);
                written += got >= 0 ? got : DecodeAside(block, destination[written..], written);
                more = got < 0 || headOnly;
            }

            return written;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    private static bool TryReadBlock(PayloadStream source, byte[] buffer, int written, out Span<byte> block)
    {
        block = default;
        Span<byte> word = stackalloc byte[sizeof(uint)];
        int read = source.ReadAtLeast(word, word.Length, throwOnEndOfStream: false);
        if (read < word.Length)
        {
            return read == 0 ? false : throw CutShort(source, written);
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(word);
        bool isLength = size == (uint)written && source.Position == source.Length;
        if (size == 0 || size > LargestCompressedBlock || isLength)
        {
            return false;
        }

        if (size > source.Length - source.Position)
        {
            throw CutShort(source, written);
        }

        block = buffer.AsSpan(0, (int)size);
        source.ReadExactly(block);
        return true;
    }

    /// <summary>Decompresses one block; negative when it is damaged or does not fit.</summary>
    private static int DecodeBlock(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        // SAFETY: both spans stay pinned during the call, and each size given is the span's.
        fixed (byte* from = block, to = destination)
        {
            return Lz4Library.LZ4_decompress_safe(from, to, block.Length, Math.Min(destination.Length, BlockSize));
        }
    }

    /// <summary>For a block that does not fit: tells damage from lack of room, and gives what there is room for.</summary>
    private static int DecodeAside(ReadOnlySpan<byte> block, Span<byte> destination, int before)
    {
        byte[] whole = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            int length = DecodeBlock(block, whole.AsSpan(0, BlockSize));
            if (length <= destination.Length)
            {
                throw new DecompressionException($"is damaged after {before} decompressed bytes");
            }

            whole.AsSpan(0, destination.Length).CopyTo(destination);
            return destination.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
