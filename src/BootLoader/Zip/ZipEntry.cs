namespace BootLoader.Zip;

/// <summary>A file or directory in an archive.</summary>
public sealed class ZipEntry
{
    internal ZipEntry()
    {
    }

    /// <summary>The path, relative, with <c>/</c> between its parts; of a directory it ends in one.</summary>
    public required string Name { get; init; }

    /// <summary>How the bytes are compressed.</summary>
    public required ZipMethod Method { get; init; }

    /// <summary>CRC-32 of the bytes.</summary>
    public required uint Crc32 { get; init; }

    /// <summary>Bytes in the archive.</summary>
    public required long CompressedSize { get; init; }

    /// <summary>Bytes that a reader gets.</summary>
    public required long Size { get; init; }

    /// <summary>Where the bytes lie in the archive: those of a stored entry can be used in place.</summary>
    public required long DataOffset { get; init; }

    /// <summary>The mode of Unix with the kind of file, when the archive was made there; 0 when not.</summary>
    public required uint UnixMode { get; init; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Name.EndsWith('/');
}
