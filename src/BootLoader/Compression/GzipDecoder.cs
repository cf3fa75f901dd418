using System.IO.Compression;

namespace BootLoader.Compression;

/// <summary>gzip by .NET's own decoder, which checks the sum and length of each member.</summary>
internal sealed class GzipDecoder : Decoder
{
    // More than the 8 bytes of a member's trailer.
    private const int PaddingSize = 16;

    /// <inheritdoc/>
    public override string Name => "gzip";

    /// <inheritdoc/>
    protected override bool OverrunsOutput => false;

    /// <inheritdoc/>
    protected override int Decode(PayloadStream source, Span<byte> destination, bool headOnly, out bool more)
    {
        // GZipStream takes the end of its source for the end of the data. So the source goes on, with bytes that start no further member:
        // complete data is done with them at once, data that is cut short is damaged by them or wants still more.
        source.Padding = PaddingSize;
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
            return source.Starved ? throw CutShort(source, written) : written;
        }
        catch (InvalidDataException)
        {
            throw source.RanOut ? CutShort(source, written) : Damaged(written);
        }
    }
}
