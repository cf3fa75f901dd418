using System.Buffers.Binary;

namespace BootLoader.AndroidBoot;

/// <summary>
/// A boot image of version 3 or 4 (Android, system/tools/mkbootimg, bootimg.h): kernel and generic ramdisk; <c>init_boot</c> is one of
/// version 4 without kernel.
/// </summary>
public sealed class BootImage
{
    /// <summary>Every part begins at a multiple of this many bytes.</summary>
    public const int PageSize = 4096;

    private const int HeaderSizeV3 = 1580, HeaderSizeV4 = 1584, CmdlineOffset = 44, CmdlineSize = 1536;

    /// <summary>The version of the header: 3 or 4.</summary>
    public int Version { get; init; } = 4;

    /// <summary>The kernel; empty in <c>init_boot</c>.</summary>
    public ReadOnlyMemory<byte> Kernel { get; init; }

    /// <summary>The generic ramdisk.</summary>
    public ReadOnlyMemory<byte> Ramdisk { get; init; }

    /// <summary>The boot signature of version 4: vbmeta images that the kernel's maker signed.</summary>
    public ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Android's version and patch level.</summary>
    public OsVersion OsVersion { get; init; }

    /// <summary>Kernel parameters, without a NUL; at most 1535 bytes.</summary>
    public ReadOnlyMemory<byte> Cmdline { get; init; }

    /// <summary>What a boot image begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "ANDROID!"u8;

    /// <summary>Takes an image apart; bytes after it are left alone.</summary>
    /// <exception cref="AndroidBootException">It is none, of another version, or its parts do not lie in it.</exception>
    public static BootImage Read(ReadOnlyMemory<byte> image)
    {
        ReadOnlySpan<byte> bytes = image.Span;
        if (bytes.Length < CmdlineOffset || !bytes.StartsWith(Magic))
        {
            throw new AndroidBootException("not an Android boot image");
        }

        uint version = Word(bytes, 40);
        if (version is not (3 or 4))
        {
            throw new AndroidBootException($"an Android boot image of version {version}; versions 3 and 4 are understood");
        }

        int headerSize = version == 3 ? HeaderSizeV3 : HeaderSizeV4;
        if (Word(bytes, 20) != headerSize)
        {
            throw new AndroidBootException($"its header claims {Word(bytes, 20)} bytes; version {version} has {headerSize}");
        }

        var pages = new PagedReader(image, PageSize);
        pages.Take("header", (uint)headerSize);
        return new BootImage
        {
            Version = (int)version,
            OsVersion = new OsVersion(Word(bytes, 16)),
            Cmdline = Text(image.Slice(CmdlineOffset, CmdlineSize)),
            Kernel = pages.Take("kernel", Word(bytes, 8)),
            Ramdisk = pages.Take("ramdisk", Word(bytes, 12)),
            Signature = version == 3 ? default : pages.Take("signature", Word(bytes, HeaderSizeV3)),
        };
    }

    /// <summary>Makes the image.</summary>
    /// <exception cref="AndroidBootException">The parts do not fit the version.</exception>
    public byte[] Write()
    {
        if (Version is not (3 or 4) || (Version == 3 && !Signature.IsEmpty))
        {
            throw new AndroidBootException($"an Android boot image of version {Version}{(Signature.IsEmpty ? "" : " with a signature")} cannot be made");
        }

        byte[] header = new byte[Version == 3 ? HeaderSizeV3 : HeaderSizeV4];
        Magic.CopyTo(header);
        SetWord(header, 8, Kernel.Length);
        SetWord(header, 12, Ramdisk.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), OsVersion.Value);
        SetWord(header, 20, header.Length);
        SetWord(header, 40, Version);
        PutText("cmdline", Cmdline, header.AsSpan(CmdlineOffset, CmdlineSize));
        if (Version == 4)
        {
            SetWord(header, HeaderSizeV3, Signature.Length);
        }

        return PagedWriter.Join(PageSize, header, Kernel, Ramdisk, Signature);
    }

    internal static uint Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    internal static void SetWord(byte[] bytes, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);

    internal static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> field)
    {
        int end = field.Span.IndexOf((byte)0);
        return end < 0 ? throw new AndroidBootException("a text of its header has no end") : field[..end];
    }

    internal static void PutText(string what, ReadOnlyMemory<byte> text, Span<byte> field)
    {
        if (text.Length >= field.Length || text.Span.Contains((byte)0))
        {
            throw new AndroidBootException($"the {what} of {text.Length} bytes does not fit: {field.Length - 1} are possible, none of them NUL");
        }

        text.Span.CopyTo(field);
    }
}
