using System.Buffers.Binary;

namespace BootLoader.Kernel;

/// <summary>An ELF64 program for aarch64 (System V gABI, chapters 4 and 5), its header and segments checked against the file's length.</summary>
internal sealed class ElfProgram
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int ELFCLASS64 = 2;
    private const int ELFDATA2MSB = 2;
    private const ushort ET_EXEC = 2;
    private const ushort ET_DYN = 3;
    private const ushort EM_AARCH64 = 183;
    private const uint PT_LOAD = 1;

    // Guest memory is handed over as a span, which ends at 2 GiB.
    private const ulong LargestExtent = int.MaxValue;

    private ElfProgram(ElfSegment[] segments, ulong entry)
    {
        Segments = segments;
        Lowest = segments[0].PhysicalAddress;
        ulong memoryEnd = 0, fileEnd = 0;
        foreach (ElfSegment segment in segments)
        {
            memoryEnd = Math.Max(memoryEnd, segment.PhysicalAddress - Lowest + segment.MemorySize);
            fileEnd = Math.Max(fileEnd, segment.FileSize == 0 ? 0 : segment.PhysicalAddress - Lowest + segment.FileSize);
        }

        MemorySize = memoryEnd;
        FileSize = fileEnd;
        Entry = entry;
    }

    /// <summary>Segments by rising physical address; they do not overlap.</summary>
    public IReadOnlyList<ElfSegment> Segments { get; }

    /// <summary>The lowest physical address.</summary>
    public ulong Lowest { get; }

    /// <summary>Bytes from <see cref="Lowest"/> to the end of the last segment in memory.</summary>
    public ulong MemorySize { get; }

    /// <summary>Bytes from <see cref="Lowest"/> to the last byte that comes from the file.</summary>
    public ulong FileSize { get; }

    /// <summary>Bytes from <see cref="Lowest"/> to the entry point.</summary>
    public ulong Entry { get; }

    /// <summary>Whether the file starts as an ELF file does.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith("\u007fELF"u8);

    /// <summary>Reads and checks the headers.</summary>
    /// <param name="file">The file, seekable.</param>
    /// <param name="head">Its first bytes.</param>
    /// <exception cref="KernelImageException">It is for another machine, damaged, or cut short.</exception>
    public static ElfProgram Read(Stream file, ReadOnlySpan<byte> head)
    {
        CheckIdentity(head);
        if (head.Length < HeaderSize)
        {
            throw new KernelImageException($"ELF file is cut short: {head.Length} bytes, its header alone has {HeaderSize}");
        }

        CheckMachine(head);
        ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(head[24..]);
        ElfSegment[] segments = ReadSegments(file, head);
        if (segments.Length == 0)
        {
            throw new KernelImageException("ELF file has no segment to load (PT_LOAD)");
        }

        Array.Sort(segments, (a, b) => a.PhysicalAddress.CompareTo(b.PhysicalAddress));
        CheckExtent(segments);
        return new ElfProgram(segments, EntryOffset(segments, entry));
    }

    private static void CheckIdentity(ReadOnlySpan<byte> head)
    {
        if (head.Length > 5 && head[4] != ELFCLASS64)
        {
            throw new KernelImageException("not an arm64 kernel: a 32-bit ELF file");
        }

        if (head.Length > 5 && head[5] == ELFDATA2MSB)
        {
            throw new KernelImageException("a big-endian ELF file; only little-endian kernels run");
        }
    }

    private static void CheckMachine(ReadOnlySpan<byte> head)
    {
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]);
        if (machine != EM_AARCH64)
        {
            throw new KernelImageException($"not an arm64 kernel: an ELF file for {MachineName(machine)}");
        }

        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(head[16..]);
        if (type is not (ET_EXEC or ET_DYN))
        {
            throw new KernelImageException($"an ELF file of type {type} cannot be started: it is an object, module or core file, not a program");
        }
    }

    private static string MachineName(ushort machine) => machine switch
    {
        3 => "32-bit x86",
        8 => "MIPS",
        21 => "64-bit POWER",
        22 => "s390",
        40 => "32-bit ARM",
        62 => "x86-64",
        243 => "RISC-V",
        258 => "LoongArch",
        _ => $"machine {machine}",
    };

    private static ElfSegment[] ReadSegments(Stream file, ReadOnlySpan<byte> head)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        if (count > 0 && size != ProgramHeaderSize)
        {
            throw new KernelImageException($"ELF file is damaged: program headers of {size} bytes instead of {ProgramHeaderSize}");
        }

        byte[] table = new byte[count * ProgramHeaderSize];
        RequireInFile(file, "program headers", offset, (ulong)table.Length);
        file.Seek((long)offset, SeekOrigin.Begin);
        file.ReadExactly(table);
        var segments = new List<ElfSegment>();
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = table.AsSpan(i * ProgramHeaderSize, ProgramHeaderSize);
            var segment = new ElfSegment(
                BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]));
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == PT_LOAD && segment.MemorySize > 0)
            {
                RequireInFile(file, $"segment {i}", segment.FileOffset, segment.FileSize);
                segments.Add(segment);
            }
        }

        return [.. segments];
    }

    private static void RequireInFile(Stream file, string what, ulong offset, ulong size)
    {
        ulong length = (ulong)file.Length;
        if (offset > length || size > length - offset)
        {
            throw new KernelImageException($"ELF file is cut short: {what} is 0x{size:x} bytes at 0x{offset:x}, the file has 0x{length:x} bytes");
        }
    }

    private static void CheckExtent(ElfSegment[] segments)
    {
        ulong end = 0;
        foreach (ElfSegment segment in segments)
        {
            string where = $"ELF segment at 0x{segment.PhysicalAddress:x}";
            if (segment.FileSize > segment.MemorySize)
            {
                throw new KernelImageException($"{where} has 0x{segment.FileSize:x} bytes in the file and only 0x{segment.MemorySize:x} in memory");
            }

            if (segment.PhysicalAddress < end)
            {
                throw new KernelImageException($"{where} overlaps the segment before it, which ends at 0x{end:x}");
            }

            ulong offset = segment.PhysicalAddress - segments[0].PhysicalAddress;
            if (offset > LargestExtent || segment.MemorySize > LargestExtent - offset || segment.MemorySize > ulong.MaxValue - segment.PhysicalAddress)
            {
                throw new KernelImageException($"{where} of 0x{segment.MemorySize:x} bytes ends more than 2 GiB after the first at 0x{segments[0].PhysicalAddress:x}");
            }

            end = segment.PhysicalAddress + segment.MemorySize;
        }
    }

    /// <summary>The entry is a physical address, as crosvm has it; where it is none, a virtual one, as kernels that are linked high have it.</summary>
    private static ulong EntryOffset(ElfSegment[] segments, ulong entry)
    {
        foreach (ElfSegment segment in segments)
        {
            if (entry >= segment.PhysicalAddress && entry - segment.PhysicalAddress < segment.MemorySize)
            {
                return entry - segments[0].PhysicalAddress;
            }
        }

        foreach (ElfSegment segment in segments)
        {
            if (entry >= segment.VirtualAddress && entry - segment.VirtualAddress < segment.MemorySize)
            {
                return entry - segment.VirtualAddress + (segment.PhysicalAddress - segments[0].PhysicalAddress);
            }
        }

        throw new KernelImageException($"ELF entry point 0x{entry:x} lies in no segment");
    }
}
