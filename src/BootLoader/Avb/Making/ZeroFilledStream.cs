namespace BootLoader.Avb.Making;

/// <summary>The first bytes of a stream, and then zeros without end. Leaves the stream open.</summary>
internal sealed class ZeroFilledStream(Stream inner, long size) : Stream
{
    private long _left = size;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_left == 0)
        {
            buffer.Clear();
            return buffer.Length;
        }

        Span<byte> part = buffer[..(int)Math.Min(buffer.Length, _left)];
        inner.ReadExactly(part);
        _left -= part.Length;
        return part.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
