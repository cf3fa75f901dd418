namespace BootLoader.Zip;

/// <summary>The content of an entry: as long as the archive says, and with the sum that it says.</summary>
internal sealed class ZipEntryStream(Stream content, ZipEntry entry) : Stream
{
    private uint _sum = ZipCrc32.Start;
    private long _position;
    private bool _isEnded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => entry.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _isEnded)
        {
            return 0;
        }

        try
        {
            int wanted = (int)Math.Min(buffer.Length, entry.Size - _position);
            int read = wanted == 0 ? 0 : content.Read(buffer[..wanted]);
            _sum = ZipCrc32.Append(_sum, buffer[..read]);
            _position += read;
            return read == 0 ? End() : read;
        }
        catch (InvalidDataException failure)
        {
            throw Broken("is not deflated data", failure);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
        }

        base.Dispose(disposing);
    }

    private int End()
    {
        if (_position != entry.Size || content.ReadByte() >= 0)
        {
            throw Broken($"does not have the {entry.Size} bytes that the archive says");
        }

        _isEnded = true;
        return ~_sum == entry.Crc32 ? 0 : throw Broken("does not have the checksum that the archive says");
    }

    private ZipException Broken(string what, Exception? cause = null) => new($"the entry '{ZipName.Shown(entry.Name)}' {what}", cause);
}
