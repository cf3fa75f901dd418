namespace BootLoader.Avb.Slots;

/// <summary>Finds the vbmeta of a partition: behind a footer, else at its beginning.</summary>
public static class PartitionVbmeta
{
    /// <summary>Reads it.</summary>
    /// <param name="partition">The whole partition, seekable.</param>
    /// <param name="offset">Where it lies.</param>
    /// <param name="footer">The footer, when it has one.</param>
    /// <returns>The bytes, at most <see cref="VbmetaHeader.MaximumImage"/>, not verified; null when there is neither footer nor vbmeta.</returns>
    /// <exception cref="AvbFooterException">The footer is broken.</exception>
    public static byte[]? Read(Stream partition, out long offset, out AvbFooter? footer)
    {
        ArgumentNullException.ThrowIfNull(partition);
        offset = 0;
        footer = null;
        long length = partition.Length, size = Math.Min(length, VbmetaHeader.MaximumImage);
        if (length >= AvbFooter.Size)
        {
            byte[] last = new byte[AvbFooter.Size];
            partition.Position = length - last.Length;
            partition.ReadExactly(last);
            AvbFooterResult result = AvbFooter.Read(last, (ulong)length, out AvbFooter found);
            if (result is AvbFooterResult.OutOfBounds or AvbFooterResult.UnsupportedVersion)
            {
                throw new AvbFooterException(result, found);
            }

            if (result == AvbFooterResult.Ok)
            {
                footer = found;
                offset = (long)found.VbmetaOffset;
                size = Math.Min((long)found.VbmetaSize, VbmetaHeader.MaximumImage);
            }
        }

        byte[] bytes = new byte[size];
        partition.Position = offset;
        partition.ReadExactly(bytes);
        return footer is not null || bytes.AsSpan().StartsWith(VbmetaHeader.Magic) ? bytes : null;
    }
}
