namespace BootLoader.Kernel;

/// <summary>An arm64 <c>Image</c> as it runs.</summary>
internal sealed class ImagePayload : KernelPayload
{
    private readonly Stream _file;
    private readonly Arm64ImageHeader _header;
    private readonly int _length;

    public ImagePayload(Stream file, ReadOnlySpan<byte> head)
    {
        _ = Arm64ImageHeader.TryRead(head, out _header);
        Check(_header);
        CheckLength(head, file.Length);
        _file = file;
        _length = file.Length <= int.MaxValue
            ? (int)file.Length
            : throw new KernelImageException($"arm64 Image has {file.Length} bytes; more than 2 GiB cannot be loaded");
    }

    /// <inheritdoc/>
    public override Arm64ImageHeader? Header => _header;

    /// <inheritdoc/>
    public override long MemorySize => Math.Max(_length, (long)_header.ImageSize);

    /// <inheritdoc/>
    public override long? FileSize => _length;

    /// <inheritdoc/>
    public override long WriteTo(Span<byte> destination)
    {
        _file.Seek(0, SeekOrigin.Begin);
        _file.ReadExactly(destination[.._length]);
        return _length;
    }
}
