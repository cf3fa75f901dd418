using System.Buffers.Binary;
using System.Globalization;

namespace BootLoader.Kernel;

/// <summary>Names what a file is by its first bytes, so that a wrong file gets a message that helps.</summary>
public static class FileContent
{
    /// <summary>Bytes from a file's start that are enough to recognise all that is known here.</summary>
    public const int HeadSize = 4096;

    /// <summary>A phrase such as "an x86 kernel (bzImage)"; for bytes that say nothing, how they start.</summary>
    /// <param name="head">The file's first bytes, up to <see cref="HeadSize"/>; fewer only when the file is shorter.</param>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
        {
            return "an empty file";
        }

        return Kernel(head) ?? Archive(head) ?? Other(head)
            ?? $"data of no known kind, starting with {Convert.ToHexStringLower(head[..Math.Min(8, head.Length)])}";
    }

    /// <summary>Whether Linux can take the file as an initramfs: a cpio archive, or one compressed in a way that kernels know.</summary>
    /// <param name="head">The file's first bytes.</param>
    public static bool IsInitramfs(ReadOnlySpan<byte> head) =>
        IsCpio(head) || IsGzip(head) || IsXz(head) || IsBzip2(head) || IsZstd(head) || IsLzma(head) || IsLzo(head) || Word(head, 0) == Lz4LegacyMagic;

    internal const uint Lz4Magic = 0x184d2204;

    internal const uint Lz4LegacyMagic = 0x184c2102;

    internal const uint ZstdMagic = 0xfd2fb528;

    internal static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]);

    internal static bool IsZstd(ReadOnlySpan<byte> head) => Word(head, 0) == ZstdMagic;

    private static bool IsCpio(ReadOnlySpan<byte> head) => head.StartsWith("070701"u8) || head.StartsWith("070702"u8) || head.StartsWith("070707"u8);

    private static bool IsXz(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

    private static bool IsBzip2(ReadOnlySpan<byte> head) => head.StartsWith("BZh"u8);

    private static bool IsLzma(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x5d, 0x00, 0x00]);

    private static bool IsLzo(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x4c, 0x5a, 0x4f, 0x00]);

    private static string? Kernel(ReadOnlySpan<byte> head)
    {
        if (Arm64ImageHeader.TryRead(head, out _))
        {
            return "an arm64 kernel (Image)";
        }

        if (Word(head, 0x202) == 0x53726448)
        {
            return "an x86 kernel (bzImage)";
        }

        if (Word(head, 0x24) is 0x016f2818 or 0x18286f01)
        {
            return "a 32-bit ARM kernel (zImage)";
        }

        if (At(head, 0x30, "RISCV\0\0\0"u8) || At(head, 0x38, "RSC\u0005"u8))
        {
            return "a RISC-V kernel (Image)";
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x27, 0x05, 0x19, 0x56]))
        {
            return "a U-Boot image (uImage); take the kernel out of it";
        }

        if (head.StartsWith("ANDROID!"u8) || head.StartsWith("VNDRBOOT"u8))
        {
            return "an Android boot image; take the kernel out of it (unpack_bootimg)";
        }

        if (head.StartsWith("MZ"u8))
        {
            return PeHeader.TryRead(head, out PeHeader pe)
                ? $"an EFI program for {PeHeader.MachineName(pe.Machine)} without a kernel that can be started directly"
                : "a DOS or EFI program";
        }

        return ElfProgram.Is(head) ? "an ELF file" : null;
    }

    private static string? Archive(ReadOnlySpan<byte> head) => head switch
    {
        _ when IsCpio(head) => "a cpio archive (an initramfs?)",
        _ when IsGzip(head) => "gzip-compressed data",
        _ when IsXz(head) => "xz-compressed data; decompress it first",
        _ when IsBzip2(head) => "bzip2-compressed data; decompress it first",
        _ when IsLzo(head) => "lzop-compressed data; decompress it first",
        _ when IsZstd(head) => "zstd-compressed data",
        _ when Word(head, 0) is Lz4Magic or Lz4LegacyMagic => "lz4-compressed data",
        _ when At(head, 257, "ustar"u8) => "a tar archive",
        _ when head.StartsWith("PK\u0003\u0004"u8) => "a zip archive",
        _ when head.StartsWith("!<arch>\ndebian"u8) => "a Debian package; install or unpack it",
        _ when head.StartsWith("!<arch>\n"u8) => "an ar archive",
        _ => null,
    };

    private static string? Other(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xd0, 0x0d, 0xfe, 0xed]))
        {
            return "a device tree blob or a FIT image";
        }

        if (head.StartsWith("hsqs"u8) || At(head, 0x438, [0x53, 0xef]) || Word(head, 0x400) == 0xe0f5e1e2)
        {
            return "a file system image";
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x51, 0x46, 0x49, 0xfb]) || Word(head, 0) == 0xed26ff3a || At(head, 512, "EFI PART"u8))
        {
            return "a disk image";
        }

        if (!head.ContainsAnyExcept((byte)0))
        {
            return string.Create(CultureInfo.InvariantCulture, $"zeros only (the first {head.Length} bytes)");
        }

        if (head.StartsWith("#!"u8))
        {
            return "a script";
        }

        // LZMA's first bytes are weak evidence, so they come after all that is stronger.
        return IsLzma(head) ? "lzma-compressed data; decompress it first" : IsText(head) ? "a text file" : null;
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte c in head)
        {
            if (c is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or 0x7f)
            {
                return false;
            }
        }

        return true;
    }

    private static bool At(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> bytes) => head.Length > offset && head[offset..].StartsWith(bytes);

    private static uint Word(ReadOnlySpan<byte> head, int offset) =>
        head.Length >= offset + 4 ? BinaryPrimitives.ReadUInt32LittleEndian(head[offset..]) : 0;
}
