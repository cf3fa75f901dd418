using System.Buffers.Binary;
using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

/// <summary>Kernel files made from nothing.</summary>
internal static class TestImages
{
    /// <summary>An arm64 Image whose content after the header is neither regular nor incompressible.</summary>
    public static byte[] Image(int length = 100_000, ulong textOffset = 0, ulong? imageSize = null, ulong flags = 0xa)
    {
        byte[] image = new byte[length];
        var random = new Random(1);
        for (int i = 0; i < length; i += 16)
        {
            image.AsSpan(i, Math.Min(16, length - i)).Fill((byte)random.Next(64));
        }

        byte[] header = new byte[Arm64ImageHeader.Size];
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), textOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), imageSize ?? (ulong)length + 0x10000);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0x38), Arm64ImageHeader.ARM64_IMAGE_MAGIC);
        header.AsSpan(0, Math.Min(header.Length, length)).CopyTo(image);
        return image;
    }

    /// <summary>Adds the EFI stub's headers: one section that reaches to the end of the image.</summary>
    public static byte[] WithPeHeader(byte[] image, ushort machine = 0xaa64)
    {
        "MZ"u8.CopyTo(image);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x3c), 0x40);
        Span<byte> pe = image.AsSpan(0x40);
        pe[..0x100].Clear();
        "PE\0\0"u8.CopyTo(pe);
        BinaryPrimitives.WriteUInt16LittleEndian(pe[4..], machine);
        BinaryPrimitives.WriteUInt16LittleEndian(pe[6..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(pe[20..], 0xa0);
        Span<byte> section = pe[(24 + 0xa0)..];
        BinaryPrimitives.WriteUInt32LittleEndian(section[16..], (uint)image.Length - 0x1000);
        BinaryPrimitives.WriteUInt32LittleEndian(section[20..], 0x1000);
        return image;
    }

    /// <summary>An EFI zboot program around compressed data.</summary>
    public static byte[] Zboot(byte[] payload, string compression, ushort machine = 0xaa64)
    {
        byte[] file = new byte[0x1000 + payload.Length + 0x200];
        WithPeHeader(file, machine);
        "zimg"u8.CopyTo(file.AsSpan(4));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), 0x1000);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(12), (uint)payload.Length);
        System.Text.Encoding.ASCII.GetBytes(compression).CopyTo(file, 0x18);
        payload.CopyTo(file, 0x1000);
        return file;
    }

    /// <summary>An ELF64 program with the given segments, whose contents follow the headers in order.</summary>
    public static byte[] Elf(ulong entry, params (ulong Virtual, ulong Physical, byte[] Content, ulong MemorySize)[] segments)
    {
        int headers = 64 + (56 * segments.Length);
        byte[] file = new byte[headers + segments.Sum(segment => segment.Content.Length)];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 183);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), entry);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), (ushort)segments.Length);
        int offset = headers;
        for (int i = 0; i < segments.Length; i++)
        {
            Span<byte> header = file.AsSpan(64 + (56 * i), 56);
            BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], segments[i].Virtual);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], segments[i].Physical);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)segments[i].Content.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], segments[i].MemorySize);
            segments[i].Content.CopyTo(file, offset);
            offset += segments[i].Content.Length;
        }

        return file;
    }

    /// <summary>Parses and writes a kernel into memory of exactly the size that it asks for.</summary>
    public static (KernelImage Image, LoadedKernel Loaded, byte[] Memory) Load(byte[] file)
    {
        KernelImage image = KernelImage.Parse(file);
        byte[] memory = new byte[image.MemorySize];
        LoadedKernel loaded = image.WriteTo(memory);
        return (image, loaded, memory);
    }

    /// <summary>The message with which a kernel is refused, at parsing or at writing.</summary>
    public static string Refusal(byte[] file) => Assert.Throws<KernelImageException>(() => Load(file)).Message;
}
