namespace BootLoader.Kernel;

/// <summary>The bytes of a kernel in its container: what the headers say, and how the bytes get into memory.</summary>
internal abstract class KernelPayload
{
    /// <inheritdoc cref="KernelImage.Compression"/>
    public virtual KernelCompression Compression => KernelCompression.None;

    /// <inheritdoc cref="KernelImage.Header"/>
    public abstract Arm64ImageHeader? Header { get; }

    /// <inheritdoc cref="KernelImage.Origin"/>
    public virtual KernelLoadOrigin Origin => KernelLoadOrigin.Payload;

    /// <inheritdoc cref="KernelImage.TextOffset"/>
    public virtual ulong TextOffset => Header?.TextOffset ?? 0;

    /// <inheritdoc cref="KernelImage.MemorySize"/>
    public abstract long MemorySize { get; }

    /// <inheritdoc cref="KernelImage.FileSize"/>
    public abstract long? FileSize { get; }

    /// <inheritdoc cref="KernelImage.EntryOffset"/>
    public virtual long EntryOffset => 0;

    /// <summary>Writes the kernel.</summary>
    /// <param name="destination">Memory from the load address, at least <see cref="MemorySize"/> bytes.</param>
    /// <returns>Bytes up to the last that came from the file.</returns>
    public abstract long WriteTo(Span<byte> destination);

    /// <summary>Refuses what no guest here can run.</summary>
    protected static void Check(Arm64ImageHeader header)
    {
        if (header.IsBigEndian)
        {
            throw new KernelImageException("a big-endian arm64 kernel (Image flag bit 0); only little-endian kernels run");
        }

        // The memory is handed over as a span, which ends at 2 GiB.
        if (header.ImageSize > int.MaxValue)
        {
            throw new KernelImageException($"arm64 Image is damaged: it claims 0x{header.ImageSize:x} bytes of memory, more than 2 GiB");
        }
    }

    /// <summary>Refuses an image that ends before the last section that its EFI header describes.</summary>
    /// <param name="head">The image's first bytes.</param>
    /// <param name="length">Its length in bytes.</param>
    protected static void CheckLength(ReadOnlySpan<byte> head, long length)
    {
        if (PeHeader.TryRead(head, out PeHeader pe) && length < pe.FileEnd)
        {
            throw new KernelImageException($"arm64 Image is cut short: {length} bytes of the {pe.FileEnd} that its header describes");
        }
    }
}
