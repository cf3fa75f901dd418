using System.Buffers;

namespace BootLoader.Compression;

/// <summary>Zstandard (RFC 8878), by libzstd. The first frame that is not skippable is read; kernel builds put their length behind it.</summary>
internal sealed unsafe class ZstdDecoder : Decoder
{
    /// <inheritdoc/>
    public override string Name => "zstd";

    /// <inheritdoc/>
    protected override int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more)
    {
        SystemLibrary.Require(ZstdLibrary.FileName, ZstdLibrary.Package);
        nint context = ZstdLibrary.ZSTD_createDCtx();
        if (context == 0)
        {
            throw new DecompressionException("cannot be decompressed: libzstd has no memory");
        }

        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            // The whole output stays in place, so the decoder can look back into it and needs no window of its own (128 MiB at level 22).
            // It then refuses a destination that cannot take everything, which is wrong for the head.
            if (!headOnly)
            {
                _ = ZstdLibrary.ZSTD_DCtx_setParameter(context, ZstdLibrary.ZSTD_d_experimentalParam2, 1);
            }

            return Decode(context, source, chunk, destination, out more);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
            _ = ZstdLibrary.ZSTD_freeDCtx(context);
        }
    }

    private static int Decode(nint context, PayloadStream source, byte[] chunk, Span<byte> destination, out bool more)
    {
        more = false;

        // SAFETY: both stay pinned until the decoder is done, the destination because the decoder keeps its address between calls.
        // Positions never pass sizes: libzstd keeps pos <= size.
        fixed (byte* from = chunk, to = destination)
        {
            var output = new ZstdLibrary.ZSTD_outBuffer { dst = to, size = (nuint)destination.Length };
            var input = new ZstdLibrary.ZSTD_inBuffer { src = from };
            while (true)
            {
                if (input.pos == input.size)
                {
                    input.size = (nuint)source.Read(chunk);
                    input.pos = 0;
                }

                nuint before = output.pos + input.pos;
                nuint result = ZstdLibrary.ZSTD_decompressStream(context, &output, &input);
                if (ZstdLibrary.ZSTD_isError(result) != 0)
                {
                    throw Failure(result, (int)output.pos, destination.Length);
                }

                if (result == 0 && output.pos > 0)
                {
                    return (int)output.pos;
                }

                if (output.pos + input.pos > before)
                {
                    continue;
                }

                if (output.pos == output.size)
                {
                    more = true;
                    return (int)output.pos;
                }

                if (input.size == 0)
                {
                    throw CutShort(source, (int)output.pos);
                }
            }
        }
    }

    private static DecompressionException Failure(nuint code, int written, int room)
    {
        // ZSTD_error_dstSize_tooSmall (zstd_errors.h); codes come back negated.
        const int DstSizeTooSmall = 70;
        return -(int)code == DstSizeTooSmall
            ? NoRoom(room)
            : Damaged(written);
    }
}
