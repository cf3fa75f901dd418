namespace BootLoader.Sources;

/// <summary>Bytes in memory.</summary>
/// <param name="bytes">Not copied.</param>
public sealed class MemorySource(ReadOnlyMemory<byte> bytes) : RandomAccessSource
{
    /// <inheritdoc/>
    public override long Length => bytes.Length;

    /// <inheritdoc/>
    protected override int Read(long offset, Span<byte> destination)
    {
        bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);
        return destination.Length;
    }
}
