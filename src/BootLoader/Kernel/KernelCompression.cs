namespace BootLoader.Kernel;

/// <summary>How a kernel is compressed.</summary>
public enum KernelCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>LZ4 in its current frame format.</summary>
    Lz4,

    /// <summary>LZ4 in the legacy frame format (<c>lz4 -l</c>), which kernel builds use.</summary>
    Lz4Legacy,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,
}
