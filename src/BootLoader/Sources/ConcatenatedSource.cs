namespace BootLoader.Sources;

/// <summary>Sources one behind the other.</summary>
internal sealed class ConcatenatedSource(IReadOnlyList<RandomAccessSource> parts) : RandomAccessSource
{
    public override long Length { get; } = parts.Sum(static part => part.Length);

    protected override int Read(long offset, Span<byte> destination)
    {
        foreach (RandomAccessSource part in parts)
        {
            if (offset < part.Length)
            {
                int length = (int)Math.Min(destination.Length, part.Length - offset);
                part.ReadExactly(offset, destination[..length]);
                return length;
            }

            offset -= part.Length;
        }

        return 0;
    }
}
