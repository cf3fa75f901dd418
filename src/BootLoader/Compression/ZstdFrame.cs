namespace BootLoader.Compression;

/// <summary>Zstandard data of a known size, by the system's libzstd: for compressed clusters of disk images.</summary>
public static class ZstdFrame
{
    /// <summary>Why nothing can be decompressed here, as a clause that begins with "needs"; null where it can.</summary>
    public static string? Missing
    {
        get
        {
            try
            {
                SystemLibrary.Require(ZstdLibrary.FileName, ZstdLibrary.Package);
                return null;
            }
            catch (DecompressionException missing)
            {
                return missing.Message;
            }
        }
    }

    /// <summary>Decompresses the first frame.</summary>
    /// <param name="compressed">The frame, and what may follow it.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="content">Filled completely.</param>
    /// <returns>False where the data is damaged, or makes more or fewer bytes.</returns>
    public static bool TryDecompress(byte[] compressed, int length, Span<byte> content)
    {
        try
        {
            using MemoryStream stream = new(compressed, 0, length, writable: false);
            return new ZstdDecoder().Decode(new PayloadStream(stream, 0, length), content) == content.Length;
        }
        catch (DecompressionException)
        {
            return false;
        }
    }
}
