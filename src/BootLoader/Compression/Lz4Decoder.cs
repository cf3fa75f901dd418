using System.Buffers;

namespace BootLoader.Compression;

/// <summary>LZ4's current frame format (lz4_Frame_format.md), by liblz4.</summary>
internal sealed unsafe class Lz4Decoder : Decoder
{
    /// <inheritdoc/>
    public override string Name => "lz4";

    /// <inheritdoc/>
    protected override int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more)
    {
        SystemLibrary.Require(Lz4Library.FileName, Lz4Library.Package);
        nint context = 0;

        // SAFETY: the local outlives the call; liblz4 writes the context's address to it.
        if (Lz4Library.LZ4F_isError(Lz4Library.LZ4F_createDecompressionContext(&context, Lz4Library.LZ4F_VERSION)) != 0)
        {
            throw new DecompressionException("cannot be decompressed: liblz4 has no memory");
        }

        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            return Decode(context, source, chunk, destination, out more);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
            _ = Lz4Library.LZ4F_freeDecompressionContext(context);
        }
    }

    private static int Decode(nint context, PayloadStream source, byte[] chunk, Span<byte> destination, out bool more)
    {
        int written = 0;
        ReadOnlySpan<byte> input = default;
        while (true)
        {
            if (input.IsEmpty)
            {
                input = chunk.AsSpan(0, source.Read(chunk));
            }

            bool full = written == destination.Length;
            bool ended = Step(context, ref input, destination, ref written, out bool progress);
            if (ended || (full && !progress))
            {
                more = !ended;
                return written;
            }

            if (!progress)
            {
                throw CutShort(source, written);
            }
        }
    }

    /// <summary>One call of the decoder.</summary>
    /// <returns>Whether the frame has ended.</returns>
    private static bool Step(nint context, scoped ref ReadOnlySpan<byte> input, Span<byte> destination, ref int written, out bool progress)
    {
        // Output already written stays where it is: the decoder looks back into it instead of keeping its own copy.
        var options = new Lz4Library.LZ4F_decompressOptions_t { stableDst = 1 };
        nuint consumed = (nuint)input.Length, produced = (nuint)(destination.Length - written), result;

        // SAFETY: both spans stay pinned during the call, and each size given is what its span has left.
        fixed (byte* from = input, to = destination)
        {
            result = Lz4Library.LZ4F_decompress(context, to + written, &produced, from, &consumed, &options);
        }

        if (Lz4Library.LZ4F_isError(result) != 0)
        {
            throw Damaged(written);
        }

        progress = consumed > 0 || produced > 0;
        input = input[(int)consumed..];
        written += (int)produced;
        return result == 0 && progress;
    }
}
