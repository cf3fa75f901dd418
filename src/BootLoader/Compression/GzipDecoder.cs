using System.IO.Compression;

namespace BootLoader.Compression;

/// <summary>gzip by .NET's own decoder, which checks the sum and length of each member.</summary>
internal sealed class GzipDecoder : Decoder
{
    /// <inheritdoc/>
    public override string Name => "gzip";

    /// <inheritdoc/>
    protected override int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more)
    {
        using var gzip = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
        int written = 0;
        try
        {
            while (written < destination.Length)
            {
                int read = gzip.Read(destination[written..]);
                if (read == 0)
                {
                    break;
                }

                written += read;
            }

            more = written == destination.Length && !headOnly && gzip.ReadByte() >= 0;
            return written;
        }
        catch (InvalidDataException)
        {
            throw source.RanOut ? CutShort(source, written) : new DecompressionException($"is damaged after {written} decompressed bytes");
        }
    }
}
