namespace BootLoader.Sources;

/// <summary>A part of a source.</summary>
internal sealed class SourceSlice : RandomAccessSource
{
    private readonly RandomAccessSource _whole;
    private readonly long _offset;

    public SourceSlice(RandomAccessSource whole, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, whole.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, whole.Length - offset);
        _whole = whole;
        _offset = offset;
        Length = length;
    }

    public override long Length { get; }

    protected override int Read(long offset, Span<byte> destination)
    {
        _whole.ReadExactly(_offset + offset, destination);
        return destination.Length;
    }
}
