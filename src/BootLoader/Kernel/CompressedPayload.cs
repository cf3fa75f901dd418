using System.Buffers.Binary;
using BootLoader.Compression;

namespace BootLoader.Kernel;

/// <summary>A compressed arm64 <c>Image</c>, alone in a file or inside an EFI program.</summary>
internal sealed class CompressedPayload : KernelPayload
{
    private readonly Stream _file;
    private readonly long _offset;
    private readonly long _length;
    private readonly Decoder _decoder;
    private readonly Arm64ImageHeader _header;

    /// <param name="file">The file.</param>
    /// <param name="offset">Where the compressed data starts, in bytes.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="compression">How it is compressed.</param>
    public CompressedPayload(Stream file, long offset, long length, KernelCompression compression)
    {
        _file = file;
        _offset = offset;
        _length = length;
        Compression = compression;
        _decoder = compression switch
        {
            KernelCompression.Gzip => new GzipDecoder(),
            KernelCompression.Lz4 => new Lz4Decoder(),
            KernelCompression.Lz4Legacy => new Lz4LegacyDecoder(),
            _ => new ZstdDecoder(),
        };
        byte[] head = new byte[FileContent.HeadSize];
        head = head[..Decode(head, headOnly: true)];
        if (!Arm64ImageHeader.TryRead(head, out _header))
        {
            throw new KernelImageException($"not an arm64 kernel: {_decoder.Name}-compressed, and inside {FileContent.Describe(head)}");
        }

        Check(_header);
        if (_header.ImageSize == 0)
        {
            throw new KernelImageException($"{_decoder.Name}-compressed arm64 kernel of before Linux 3.17, which does not give its size: decompress it first");
        }
    }

    /// <inheritdoc/>
    public override KernelCompression Compression { get; }

    /// <inheritdoc/>
    public override Arm64ImageHeader? Header => _header;

    /// <inheritdoc/>
    public override long MemorySize => (long)_header.ImageSize;

    /// <inheritdoc/>
    public override long? FileSize => null;

    /// <summary>How a file is compressed, by its first bytes.</summary>
    public static KernelCompression Recognise(ReadOnlySpan<byte> head)
    {
        uint word = head.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(head) : 0;
        return FileContent.IsGzip(head) ? KernelCompression.Gzip : word switch
        {
            FileContent.Lz4Magic => KernelCompression.Lz4,
            FileContent.Lz4LegacyMagic => KernelCompression.Lz4Legacy,
            FileContent.ZstdMagic => KernelCompression.Zstd,
            _ => KernelCompression.None,
        };
    }

    /// <summary>The kernel inside an EFI program.</summary>
    /// <param name="file">The file.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="zboot">The header that was found in them.</param>
    public static CompressedPayload FromZboot(Stream file, ReadOnlySpan<byte> head, EfiZbootHeader zboot)
    {
        if (PeHeader.TryRead(head, out PeHeader pe) && pe.Machine != PeHeader.IMAGE_FILE_MACHINE_ARM64)
        {
            throw new KernelImageException($"not an arm64 kernel: an EFI zboot image for {PeHeader.MachineName(pe.Machine)}");
        }

        long end = (long)zboot.PayloadOffset + zboot.PayloadSize;
        if (end > file.Length)
        {
            throw new KernelImageException($"EFI zboot image is cut short: its payload ends at byte {end}, the file has {file.Length} bytes");
        }

        byte[] start = new byte[(int)Math.Min(sizeof(uint), zboot.PayloadSize)];
        file.Seek(zboot.PayloadOffset, SeekOrigin.Begin);
        file.ReadExactly(start);
        KernelCompression found = Recognise(start);
        string word = found switch
        {
            KernelCompression.Gzip => "gzip",
            KernelCompression.Lz4 or KernelCompression.Lz4Legacy => "lz4",
            KernelCompression.Zstd => "zstd",
            _ => "",
        };
        if (word.Length == 0 && zboot.Compression is not ("gzip" or "lz4" or "zstd" or "zstd22"))
        {
            throw new KernelImageException(
                $"EFI zboot image compressed with {zboot.Compression}, for which there is no decoder here; build it with gzip, lz4 or zstd, or decompress it first");
        }

        return word.Length > 0 && zboot.Compression.StartsWith(word, StringComparison.Ordinal)
            ? new CompressedPayload(file, zboot.PayloadOffset, zboot.PayloadSize, found)
            : throw new KernelImageException($"EFI zboot image is damaged: it says {zboot.Compression}, but the payload starts with {Convert.ToHexStringLower(start)}");
    }

    /// <inheritdoc/>
    public override long WriteTo(Span<byte> destination)
    {
        int written = Decode(destination, headOnly: false);
        CheckLength(destination[..Math.Min(written, FileContent.HeadSize)], written);
        return written;
    }

    private int Decode(Span<byte> destination, bool headOnly)
    {
        var source = new PayloadStream(_file, _offset, _length);
        try
        {
            return headOnly ? _decoder.DecodeHead(source, destination) : _decoder.Decode(source, destination);
        }
        catch (DecompressionException e)
        {
            throw new KernelImageException($"{_decoder.Name}-compressed kernel {e.Message}", e);
        }
    }
}
