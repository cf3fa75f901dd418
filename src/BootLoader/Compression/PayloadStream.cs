namespace BootLoader.Compression;

/// <summary>A part of a file, read forward once. It knows whether its reader has asked for more than there is.</summary>
internal sealed class PayloadStream : Stream
{
    private readonly Stream _file;
    private long _position;

    /// <param name="file">The file, seekable; its position is this stream's while this one is read.</param>
    /// <param name="offset">Where the part starts, in bytes.</param>
    /// <param name="length">Its bytes.</param>
    public PayloadStream(Stream file, long offset, long length)
    {
        _file = file;
        Length = length;
        _file.Seek(offset, SeekOrigin.Begin);
    }

    /// <summary>Whether a read found nothing of the file left.</summary>
    public bool RanOut { get; private set; }

    /// <summary>Whether a read found nothing at all, padding included.</summary>
    public bool Starved { get; private set; }

    /// <summary>Bytes of 0xff that are still to be read behind the end of the part; for <see cref="GzipDecoder"/>.</summary>
    public int Padding { get; set; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, Length - _position);
        int read = wanted == 0 ? 0 : _file.Read(buffer[..wanted]);
        _position += read;
        if (read > 0 || buffer.IsEmpty)
        {
            return read;
        }

        RanOut = true;
        int padding = Math.Min(Padding, buffer.Length);
        buffer[..padding].Fill(0xff);
        Padding -= padding;
        Starved |= padding == 0;
        return padding;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
