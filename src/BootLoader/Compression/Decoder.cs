namespace BootLoader.Compression;

/// <summary>Decompresses straight into the destination, never beyond it.</summary>
internal abstract class Decoder
{
    /// <summary>Bytes of compressed data that native decoders read at a time.</summary>
    protected const int ChunkSize = 128 << 10;

    // libzstd lays a block's literals (at most 128 KiB) down to 128 KiB behind its output; liblz4 copies some words too many.
    private const int LargestOverrun = 512 << 10;

    /// <summary>The format's name for messages.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the decoder uses the destination behind its output as scratch space.</summary>
    protected virtual bool OverrunsOutput => true;

    /// <summary>Decompresses everything. The destination behind the output is as it was, or zero.</summary>
    /// <param name="source">Compressed data; what follows its end is left alone.</param>
    /// <param name="destination">Where the output goes.</param>
    /// <returns>Bytes of output.</returns>
    /// <exception cref="DecompressionException">The data is damaged or cut short, or the output is larger than the destination.</exception>
    public int Decode(PayloadStream source, Span<byte> destination)
    {
        int written = Decode(source, destination, headOnly: false, out bool more);
        if (more)
        {
            throw NoRoom(destination.Length);
        }

        if (OverrunsOutput)
        {
            destination.Slice(written, Math.Min(LargestOverrun, destination.Length - written)).Clear();
        }

        return written;
    }

    /// <summary>Decompresses the first bytes only.</summary>
    /// <returns>Bytes of output: fewer than asked for only when there are no more.</returns>
    /// <exception cref="DecompressionException">The data is damaged or cut short before so many bytes.</exception>
    public int DecodeHead(PayloadStream source, Span<byte> destination) => Decode(source, destination, headOnly: true, out _);

    /// <summary>Decompresses until the data ends or the destination is full.</summary>
    /// <param name="source">Compressed data.</param>
    /// <param name="destination">Where the output goes.</param>
    /// <param name="headOnly">The caller knows that the destination is small and does not want the rest.</param>
    /// <param name="more">The destination is full and the data has not ended; of no meaning with <paramref name="headOnly"/>.</param>
    protected abstract int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more);

    /// <summary>The error for data that stops early.</summary>
    protected static DecompressionException CutShort(PayloadStream source, int written) =>
        new($"is cut short: it needs more than its {source.Length} bytes (decompressed so far: about {written} bytes)");

    /// <summary>The error for data that decompresses to more than there is room for.</summary>
    protected static DecompressionException NoRoom(int room) => new($"holds more than the {room} bytes that there is room for");

    /// <summary>The error for data that is no such data.</summary>
    protected static DecompressionException Damaged(int written) => new($"is damaged after about {written} decompressed bytes");
}
