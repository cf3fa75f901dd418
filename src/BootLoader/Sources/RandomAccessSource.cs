namespace BootLoader.Sources;

/// <summary>Bytes of a known length that are read at any place, such as a file that is too large to hold.</summary>
/// <remarks>Several threads may read at once. What it holds is untrusted, and two reads of one place may differ unless the owner prevents it.</remarks>
public abstract class RandomAccessSource : IDisposable
{
    /// <summary>Bytes of the whole.</summary>
    public abstract long Length { get; }

    /// <summary>Reads bytes that all lie inside.</summary>
    /// <param name="offset">Where they begin, in bytes.</param>
    /// <param name="bytes">Filled whole.</param>
    /// <exception cref="EndOfStreamException">They do not all lie inside.</exception>
    /// <exception cref="IOException">They could not be read.</exception>
    public void ReadExactly(long offset, Span<byte> bytes)
    {
        if (offset < 0 || offset > Length || bytes.Length > Length - offset)
        {
            throw new EndOfStreamException($"{bytes.Length} bytes at byte {offset} do not lie in the {Length} that there are");
        }

        while (!bytes.IsEmpty)
        {
            int read = Read(offset, bytes);
            if (read <= 0)
            {
                throw new EndOfStreamException($"it ended at byte {offset} while it was read");
            }

            offset += read;
            bytes = bytes[read..];
        }
    }

    /// <summary>Reads bytes that all lie inside into an array of their own.</summary>
    /// <param name="offset">Where they begin, in bytes.</param>
    /// <param name="length">Their number; the caller has bounded it.</param>
    /// <exception cref="EndOfStreamException">They do not all lie inside.</exception>
    public byte[] ReadExactly(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset < 0 || offset > Length || length > Length - offset)
        {
            // Before the memory is taken.
            throw new EndOfStreamException($"{length} bytes at byte {offset} do not lie in the {Length} that there are");
        }

        byte[] bytes = new byte[length];
        ReadExactly(offset, bytes);
        return bytes;
    }

    /// <summary>A part as a source of its own, which needs this one to stay open.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie inside.</exception>
    public RandomAccessSource Slice(long offset, long length) => new SourceSlice(this, offset, length);

    /// <summary>A stream over the whole, seekable, which needs this source to stay open.</summary>
    public Stream AsStream() => new SourceStream(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads some bytes, at least one; offset and length lie inside and the length is not 0.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="destination">Takes them.</param>
    /// <returns>How many.</returns>
    protected abstract int Read(long offset, Span<byte> destination);

    /// <summary>Lets go of what it holds.</summary>
    /// <param name="disposing">Whether it was asked for.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
