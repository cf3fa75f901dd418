using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

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
        int capacity = (int)Math.Min(source.Length, LargestCompressedBlock);

        // Native memory goes back to the system at once; an array of this size would stay in the process.
        void* buffer = NativeMemory.Alloc((nuint)capacity);
        try
        {
            // SAFETY: the span covers exactly the allocation and is not used after it is freed.
            return Decode(source, new Span<byte>(buffer, capacity), destination, headOnly, out more);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static int Decode(PayloadStream source, Span<byte> buffer, Span<byte> destination, bool headOnly, out bool more)
    {
        int written = 0;
        more = false;
        while (!more && TryReadBlock(source, buffer, written, out Span<byte> block))
        {
            int got = headOnly ? DecodeHead(block, destination) : DecodeBlock(block, destination[written..]);
            if (got < 0)
            {
                throw headOnly || !FitsElsewhere(block) ? Damaged(written) : NoRoom(destination.Length);
            }

            written += got;
            more = headOnly;
        }

        return written;
    }

    private static bool TryReadBlock(PayloadStream source, Span<byte> buffer, int written, out Span<byte> block)
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

        block = buffer[..(int)size];
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

    /// <summary>Decompresses the first bytes of a block.</summary>
    private static int DecodeHead(ReadOnlySpan<byte> block, Span<byte> destination)
    {
        // SAFETY: as above.
        fixed (byte* from = block, to = destination)
        {
            return Lz4Library.LZ4_decompress_safe_partial(from, to, block.Length, destination.Length, destination.Length);
        }
    }

    /// <summary>liblz4 has one error for damage and for too little room; this tells whether the block is good.</summary>
    private static bool FitsElsewhere(ReadOnlySpan<byte> block)
    {
        byte[] whole = ArrayPool<byte>.Shared.Rent(BlockSize);
        int length = DecodeBlock(block, whole);
        ArrayPool<byte>.Shared.Return(whole);
        return length >= 0;
    }
}
