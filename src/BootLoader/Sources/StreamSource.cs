namespace BootLoader.Sources;

/// <summary>A stream, which must be seekable and is used by nobody else meanwhile. It is not closed.</summary>
internal sealed class StreamSource(Stream stream) : RandomAccessSource
{
    // A stream has one position: threads take turns.
    private readonly Lock _gate = new();

    public override long Length { get; } = stream.Length;

    protected override int Read(long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            stream.Position = offset;
            return stream.Read(destination);
        }
    }
}
