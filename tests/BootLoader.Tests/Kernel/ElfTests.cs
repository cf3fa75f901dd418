using System.Buffers.Binary;
using System.Text;
using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

public sealed class ElfTests
{
    [Fact]
    public void Segments_are_written_at_their_physical_addresses_from_the_start_of_ram()
    {
        byte[] file = TestImages.Elf(
            0x200010,
            (0x300000, 0x300000, [5, 6, 7], 0x1000),
            (0x200000, 0x200000, [.. Enumerable.Repeat((byte)9, 100)], 100));
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(file);
        Assert.Equal((KernelImageKind.Elf, KernelLoadOrigin.Ram), (image.Kind, image.Origin));
        Assert.Equal(0x80200000u, image.LoadAddress(0x80000000, 0x80000000));
        Assert.Equal(0x10, image.EntryOffset);
        Assert.Equal(new LoadedKernel(0x100003, 0x101000), loaded);
        Assert.Equal(9, memory[99]);
        Assert.Equal([5, 6, 7], memory[0x100000..0x100003]);
        Assert.False(memory.AsSpan(0x100003).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_program_below_the_payload_is_refused()
    {
        KernelImage image = KernelImage.Parse(TestImages.Elf(0x1000, (0x1000, 0x1000, [1], 1)));
        Assert.Throws<KernelImageException>(() => image.LoadAddress(0x80000000, 0x80200000));
    }

    [Fact]
    public void An_entry_given_as_virtual_address_is_translated()
    {
        byte[] file = TestImages.Elf(0xffff000000000020, (0xffff000000000000, 0x200000, [1, 2, 3], 0x1000));
        Assert.Equal(0x20, KernelImage.Parse(file).EntryOffset);
    }

    [SkippableFact]
    public void A_linked_kernel_is_loaded_as_the_image_that_objcopy_makes_of_it()
    {
        byte[] script = Encoding.ASCII.GetBytes(
            """
            ENTRY(_text)
            SECTIONS
            {
                . = 0xffff800080000000;
                .text : { *(.text) }
                . = ALIGN(0x10000);
                .data : { *(.data) }
                .bss : { *(.bss) }
            }
            """);
        byte[] source = Encoding.ASCII.GetBytes(
            """
            .text
            .globl _text
            _text: nop
                b 1f
                .quad 0, 0x40000, 0xa, 0, 0, 0
                .ascii "ARM\x64"
                .long 0
            1:  wfi
                b 1b
            .data
                .ascii "initialised"
            .bss
                .skip 0x3000
            """);
        byte[] unit = Tool.OnFiles("aarch64-linux-gnu-as", ["-o", "{out}", "{0}"], source);
        byte[] elf = Tool.OnFiles("aarch64-linux-gnu-ld", ["-o", "{out}", "-T", "{1}", "{0}"], unit, script);
        byte[] flat = Tool.OnFiles("aarch64-linux-gnu-objcopy", ["-O", "binary", "{0}", "{out}"], elf);
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(elf);
        Assert.Equal(KernelLoadOrigin.Payload, image.Origin);
        Assert.Equal((0ul, 0L), (image.TextOffset, image.EntryOffset));
        Assert.Equal(0x40000u, image.Header!.Value.ImageSize);
        Assert.Equal(flat.Length, loaded.FileSize);
        Assert.Equal(flat, memory[..flat.Length]);
        Assert.InRange(loaded.MemorySize, flat.Length + 0x3000, flat.Length + 0x4000);
    }

    [Theory]
    [InlineData(4, 1, "32-bit ELF")]
    [InlineData(5, 2, "big-endian ELF")]
    [InlineData(18, 62, "an ELF file for x86-64")]
    [InlineData(18, 243, "an ELF file for RISC-V")]
    [InlineData(16, 1, "object, module or core")]
    [InlineData(54, 32, "program headers of 32 bytes")]
    [InlineData(56, 0, "no segment to load")]
    [InlineData(64, 2, "no segment to load")]
    public void A_program_that_cannot_be_started_here_is_refused_with_the_reason(int offset, byte value, string reason)
    {
        byte[] file = TestImages.Elf(0x1000, (0x1000, 0x1000, [1, 2, 3, 4], 4));
        file[offset] = value;
        Assert.Contains(reason, TestImages.Refusal(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, ulong.MaxValue, "cut short: program headers")]
    [InlineData(64 + 8, ulong.MaxValue - 1, "cut short: segment 0")]
    [InlineData(64 + 32, 1ul << 63, "cut short: segment 0")]
    [InlineData(64 + 40, 2ul, "only 0x2 in memory")]
    [InlineData(64 + 40, 1ul << 40, "more than 2 GiB")]
    [InlineData(64 + 40, ulong.MaxValue, "more than 2 GiB")]
    [InlineData(64 + 24, ulong.MaxValue - 1, "more than 2 GiB")]
    [InlineData(64 + 56 + 24, 0x1002ul, "overlaps the segment before it")]
    [InlineData(24, 0x9999999ul, "lies in no segment")]
    public void A_damaged_program_is_refused_with_the_reason(int offset, ulong value, string reason)
    {
        byte[] file = TestImages.Elf(0x1000, (0x1000, 0x1000, [1, 2, 3, 4], 4), (0x2000, 0x2000, [1, 2, 3, 4], 4));
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), value);
        Assert.Contains(reason, TestImages.Refusal(file), StringComparison.Ordinal);
    }
}
