using System.Buffers.Binary;
using System.IO.Compression;

namespace Vmm.Tests.Machine;

/// <summary>The least that is recognised as a kernel.</summary>
internal static class TestKernels
{
    private const int Size = 4096;

    /// <summary>An arm64 Image (Linux, Documentation/arch/arm64/booting.rst, section 4).</summary>
    public static byte[] Image()
    {
        byte[] image = new byte[Size];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), Size);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(24), 0xa);
        "ARM\x64"u8.CopyTo(image.AsSpan(56));
        return image;
    }

    /// <summary>The same, compressed.</summary>
    public static byte[] Gzip()
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        {
            gzip.Write(Image());
        }

        return file.ToArray();
    }

    /// <summary>A program of one segment (ELF-64 Object File Format 1.5).</summary>
    public static byte[] Elf()
    {
        byte[] elf = new byte[Size];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(elf);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(16), 2); // ET_EXEC
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(18), 183); // EM_AARCH64
        BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(32), 64); // program headers
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(52), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(56), 1);
        Span<byte> segment = elf.AsSpan(64);
        BinaryPrimitives.WriteUInt32LittleEndian(segment, 1); // PT_LOAD
        BinaryPrimitives.WriteUInt64LittleEndian(segment[8..], 2048);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], 1024);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], 1024);
        return elf;
    }
}
