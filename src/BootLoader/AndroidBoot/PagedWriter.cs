namespace BootLoader.AndroidBoot;

/// <summary>Joins parts, each filled up with zeros to whole pages.</summary>
internal static class PagedWriter
{
    public static byte[] Join(int pageSize, params ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        long size = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            size += Round(part.Length, pageSize);
        }

        if (size > Array.MaxLength)
        {
            throw new AndroidBootException($"the image would have {size} bytes; {Array.MaxLength} are possible");
        }

        byte[] image = new byte[size];
        long at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.Span.CopyTo(image.AsSpan((int)at));
            at += Round(part.Length, pageSize);
        }

        return image;
    }

    private static long Round(long size, int pageSize) => (size + pageSize - 1) / pageSize * pageSize;
}
