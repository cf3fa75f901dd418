using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>The last 64 bytes of an image that carries its own vbmeta (libavb, avb_footer.h). Shared with the firmware.</summary>
public readonly struct AvbFooter
{
    /// <summary>Bytes of the footer.</summary>
    public const int Size = 64;

    /// <summary>The newest major version that is understood.</summary>
    public const uint SupportedMajor = 1;

    /// <summary>The bytes of the footer that are not used yet begin here.</summary>
    public const int ReservedOffset = 36;

    /// <summary>Makes a footer of the version written here, 1.0.</summary>
    /// <param name="originalImageSize">Bytes of the image before anything was added.</param>
    /// <param name="vbmetaOffset">Where the vbmeta begins, in bytes from the image's start.</param>
    /// <param name="vbmetaSize">Bytes of the vbmeta.</param>
    public AvbFooter(ulong originalImageSize, ulong vbmetaOffset, ulong vbmetaSize)
        : this(SupportedMajor, 0, originalImageSize, vbmetaOffset, vbmetaSize)
    {
    }

    private AvbFooter(uint major, uint minor, ulong originalImageSize, ulong vbmetaOffset, ulong vbmetaSize)
    {
        Major = major;
        Minor = minor;
        OriginalImageSize = originalImageSize;
        VbmetaOffset = vbmetaOffset;
        VbmetaSize = vbmetaSize;
    }

    /// <summary>The major version.</summary>
    public uint Major { get; }

    /// <summary>The minor version; newer ones are compatible.</summary>
    public uint Minor { get; }

    /// <summary>Bytes of the image before anything was added.</summary>
    public ulong OriginalImageSize { get; }

    /// <summary>Where the vbmeta begins, in bytes from the image's start.</summary>
    public ulong VbmetaOffset { get; }

    /// <summary>Bytes of the vbmeta.</summary>
    public ulong VbmetaSize { get; }

    private static ReadOnlySpan<byte> Magic => "AVBf"u8;

    /// <summary>Reads the footer of a whole image. Everything that it points to then lies in the image, before the footer.</summary>
    /// <param name="image">The image, to its last byte.</param>
    /// <param name="footer">The footer; usable only when the result is <see cref="AvbFooterResult.Ok"/>.</param>
    public static AvbFooterResult Read(ReadOnlySpan<byte> image, out AvbFooter footer)
    {
        footer = default;
        return image.Length < Size ? AvbFooterResult.NoFooter : Read(image[^Size..], (ulong)image.Length, out footer);
    }

    /// <summary>Reads a footer of an image that is not in memory.</summary>
    /// <param name="last">The last <see cref="Size"/> bytes of the image.</param>
    /// <param name="imageSize">Bytes of the image, the footer included.</param>
    /// <param name="footer">The footer; usable only when the result is <see cref="AvbFooterResult.Ok"/>.</param>
    public static AvbFooterResult Read(ReadOnlySpan<byte> last, ulong imageSize, out AvbFooter footer)
    {
        footer = default;
        if (last.Length != Size || imageSize < Size || !last[..4].SequenceEqual(Magic))
        {
            return AvbFooterResult.NoFooter;
        }

        footer = new AvbFooter(
            BinaryPrimitives.ReadUInt32BigEndian(last[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(last[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(last[12..]),
            BinaryPrimitives.ReadUInt64BigEndian(last[20..]),
            BinaryPrimitives.ReadUInt64BigEndian(last[28..]));
        if (footer.Major != SupportedMajor)
        {
            return AvbFooterResult.UnsupportedVersion;
        }

        ulong before = imageSize - Size;
        bool inside = footer.VbmetaOffset <= before && footer.VbmetaSize <= before - footer.VbmetaOffset;
        return inside && footer.OriginalImageSize <= footer.VbmetaOffset ? AvbFooterResult.Ok : AvbFooterResult.OutOfBounds;
    }

    /// <summary>Writes the footer.</summary>
    /// <param name="destination">Takes <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> destination)
    {
        destination = destination[..Size];
        destination.Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Major);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Minor);
        BinaryPrimitives.WriteUInt64BigEndian(destination[12..], OriginalImageSize);
        BinaryPrimitives.WriteUInt64BigEndian(destination[20..], VbmetaOffset);
        BinaryPrimitives.WriteUInt64BigEndian(destination[28..], VbmetaSize);
    }
}
