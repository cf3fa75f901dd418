using System.Buffers.Binary;

namespace BootLoader.Kernel;

/// <summary>The header of an arm64 <c>Image</c> (Linux, Documentation/arch/arm64/booting.rst, section 4). All fields are little-endian.</summary>
/// <param name="TextOffset">Bytes from a 2 MiB aligned base to where the image must lie.</param>
/// <param name="ImageSize">Bytes of memory that the kernel occupies, BSS included; 0 in kernels before Linux 3.17.</param>
/// <param name="Flags">Endianness, page size and placement.</param>
public readonly record struct Arm64ImageHeader(ulong TextOffset, ulong ImageSize, ulong Flags)
{
    /// <summary>Size of the header in bytes.</summary>
    public const int Size = 64;

    /// <summary>The magic number at byte 0x38: "ARM\x64".</summary>
    public const uint ARM64_IMAGE_MAGIC = 0x644d5241;

    /// <summary>The text offset in bytes of an image that gives no image size.</summary>
    public const ulong DefaultTextOffset = 0x80000;

    private const int MagicOffset = 0x38;

    /// <summary>Whether the kernel is big-endian (flag bit 0).</summary>
    public bool IsBigEndian => (Flags & 1) != 0;

    /// <summary>The page size that the kernel was built for (flag bits 1 and 2).</summary>
    public KernelPageSize PageSize => (KernelPageSize)((Flags >> 1) & 3);

    /// <summary>Whether the 2 MiB aligned base may be anywhere in memory rather than near the start of RAM (flag bit 3).</summary>
    public bool MayLieAnywhere => (Flags & 8) != 0;

    /// <summary>Reads a header.</summary>
    /// <param name="head">The image's first bytes.</param>
    /// <param name="header">The header, with <see cref="DefaultTextOffset"/> where the image gives no size.</param>
    /// <returns>False when the bytes are fewer than <see cref="Size"/> or have no magic number.</returns>
    public static bool TryRead(ReadOnlySpan<byte> head, out Arm64ImageHeader header)
    {
        header = default;
        if (head.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(head[MagicOffset..]) != ARM64_IMAGE_MAGIC)
        {
            return false;
        }

        ulong imageSize = BinaryPrimitives.ReadUInt64LittleEndian(head[16..]);
        ulong textOffset = imageSize == 0 ? DefaultTextOffset : BinaryPrimitives.ReadUInt64LittleEndian(head[8..]);
        header = new Arm64ImageHeader(textOffset, imageSize, BinaryPrimitives.ReadUInt64LittleEndian(head[24..]));
        return true;
    }
}
