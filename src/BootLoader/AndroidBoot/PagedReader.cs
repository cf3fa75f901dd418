namespace BootLoader.AndroidBoot;

/// <summary>Takes parts that follow one another, each from the beginning of a page.</summary>
internal sealed class PagedReader(ReadOnlyMemory<byte> image, uint pageSize)
{
    private ulong _next;

    /// <summary>Takes the next part.</summary>
    /// <exception cref="AndroidBootException">It does not lie in the image.</exception>
    public ReadOnlyMemory<byte> Take(string what, uint size)
    {
        ulong available = (ulong)image.Length;
        if (size > 0 && (_next > available || size > available - _next))
        {
            throw new AndroidBootException($"its {what} has {size} bytes from byte {_next} on; the image has {available} bytes");
        }

        ReadOnlyMemory<byte> part = size == 0 ? default : image.Slice((int)_next, (int)size);
        _next += ((ulong)size + pageSize - 1) / pageSize * pageSize;
        return part;
    }
}
