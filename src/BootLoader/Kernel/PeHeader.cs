using System.Buffers.Binary;

namespace BootLoader.Kernel;

/// <summary>What a PE header, which a kernel has for its EFI stub, says of the file (Microsoft PE/COFF specification, sections 2-4).</summary>
/// <param name="Machine">The processor: <see cref="IMAGE_FILE_MACHINE_ARM64"/> for us.</param>
/// <param name="FileEnd">Bytes of the file up to the end of its last section.</param>
internal readonly record struct PeHeader(ushort Machine, long FileEnd)
{
    public const ushort IMAGE_FILE_MACHINE_ARM64 = 0xaa64;

    private const int SectionSize = 40;

    /// <summary>Reads the header from a file's first bytes; false when there is none or its section table lies beyond them.</summary>
    public static bool TryRead(ReadOnlySpan<byte> head, out PeHeader header)
    {
        header = default;
        if (head.Length < 0x40 || !head.StartsWith("MZ"u8))
        {
            return false;
        }

        uint start = BinaryPrimitives.ReadUInt32LittleEndian(head[0x3c..]);
        if (start > (uint)head.Length - 24 || !head[(int)start..].StartsWith("PE\0\0"u8))
        {
            return false;
        }

        ReadOnlySpan<byte> coff = head[((int)start + 4)..];
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(coff);
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(coff[2..]);
        int table = 20 + BinaryPrimitives.ReadUInt16LittleEndian(coff[16..]);
        if (table + (sections * SectionSize) > coff.Length)
        {
            return false;
        }

        long end = 0;
        for (int i = 0; i < sections; i++)
        {
            ReadOnlySpan<byte> section = coff.Slice(table + (i * SectionSize), SectionSize);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(section[16..]);
            end = Math.Max(end, size == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(section[20..]) + size);
        }

        header = new PeHeader(machine, end);
        return true;
    }

    /// <summary>The processor's name, for messages.</summary>
    public static string MachineName(ushort machine) => machine switch
    {
        IMAGE_FILE_MACHINE_ARM64 => "arm64",
        0x8664 => "x86-64",
        0x14c => "32-bit x86",
        0x1c0 or 0x1c2 or 0x1c4 => "32-bit ARM",
        0x5032 => "32-bit RISC-V",
        0x5064 => "64-bit RISC-V",
        0x6232 or 0x6264 => "LoongArch",
        _ => $"machine 0x{machine:x4}",
    };
}
