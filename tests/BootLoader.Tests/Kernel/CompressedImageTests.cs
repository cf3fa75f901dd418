using System.Buffers.Binary;
using System.IO.Compression;
using BootLoader.Compression;
using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

public sealed class CompressedImageTests
{
    public static TheoryData<string, KernelCompression> Tools => new()
    {
        { "gzip -9", KernelCompression.Gzip },
        { "lz4 -l -9", KernelCompression.Lz4Legacy },
        { "lz4 -9", KernelCompression.Lz4 },
        { "lz4 -BD -B4", KernelCompression.Lz4 },
        { "zstd -3", KernelCompression.Zstd },
        { "zstd -1 --long=27", KernelCompression.Zstd },
    };

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_compressed_image_gives_the_image(string tool, KernelCompression compression)
    {
        byte[] plain = TestImages.WithPeHeader(TestImages.Image(1_500_001));
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(Compress(plain, tool));
        Assert.Equal((KernelImageKind.CompressedImage, compression), (image.Kind, image.Compression));
        Assert.Null(image.FileSize);
        Assert.Equal(new LoadedKernel(plain.Length, plain.Length + 0x10000), loaded);
        Assert.True(memory.AsSpan(0, plain.Length).SequenceEqual(plain));
        Assert.False(memory.AsSpan(plain.Length).ContainsAnyExcept((byte)0));
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_compressed_image_in_an_efi_program_gives_the_image(string tool, KernelCompression compression)
    {
        byte[] plain = TestImages.Image(300_000);
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(TestImages.Zboot(Compress(plain, tool), tool.Split(' ')[0]));
        Assert.Equal((KernelImageKind.EfiZboot, compression), (image.Kind, image.Compression));
        Assert.Equal(plain.Length, loaded.FileSize);
        Assert.True(memory.AsSpan(0, plain.Length).SequenceEqual(plain));
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void The_length_that_kernel_builds_put_behind_is_no_part_of_the_data(string tool, KernelCompression compression)
    {
        // Shorter and longer than one block of lz4's legacy format; the others have no such limit.
        int[] lengths = compression == KernelCompression.Lz4Legacy ? [300_000, 9_000_000] : [300_000];
        foreach (int length in lengths)
        {
            byte[] plain = TestImages.Image(length);
            byte[] size = new byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(size, length);
            (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load([.. Compress(plain, tool), .. size]);
            Assert.Equal((compression, (long)length), (image.Compression, loaded.FileSize));
            Assert.True(memory.AsSpan(0, length).SequenceEqual(plain));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_compressed_image_that_fills_its_memory_exactly_is_taken(string tool, KernelCompression compression)
    {
        byte[] plain = TestImages.Image(70_000, imageSize: 70_000);
        (KernelImage image, _, byte[] memory) = TestImages.Load(Compress(plain, tool));
        Assert.Equal(compression, image.Compression);
        Assert.Equal(plain, memory);
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_bomb_is_refused_at_the_size_of_its_memory(string tool, KernelCompression compression)
    {
        byte[] bomb = new byte[9 << 20];
        TestImages.Image(64, imageSize: 100_000).CopyTo(bomb, 0);
        KernelImage image = KernelImage.Parse(Compress(bomb, tool));
        Assert.Equal(compression, image.Compression);
        byte[] memory = new byte[200_000];
        memory.AsSpan(150_000).Fill(0xee);
        string message = Assert.Throws<KernelImageException>(() => image.WriteTo(memory.AsSpan(0, 150_000))).Message;
        Assert.Contains("holds more than the 150000 bytes that there is room for", message, StringComparison.Ordinal);
        Assert.False(memory.AsSpan(150_000).ContainsAnyExcept((byte)0xee));
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void A_compressed_image_cut_short_is_refused_with_its_length(string tool, KernelCompression compression)
    {
        Assert.NotEqual(KernelCompression.None, compression);
        byte[] file = Compress(TestImages.Image(300_000), tool);
        int[] ends = [.. Enumerable.Range(file.Length - 24, 24), file.Length / 2, file.Length / 3, 30, 5];
        foreach (int length in ends)
        {
            string message = TestImages.Refusal(file[..length]);
            Assert.Contains("cut short", message, StringComparison.Ordinal);
            Assert.Contains($" {length} bytes", message, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Tools))]
    public void Damaged_compressed_data_never_does_more_than_be_refused(string tool, KernelCompression compression)
    {
        Assert.NotEqual(KernelCompression.None, compression);
        byte[] file = Compress(TestImages.Image(60_000), tool);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 100; i++)
        {
            byte[] mutant = [.. file];
            mutant[random.Next(mutant.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                KernelImage.Parse(mutant).WriteTo(new byte[100_000]);
            }
            catch (KernelImageException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 100);
    }

    [Fact]
    public void A_compressed_image_whose_last_section_is_missing_is_refused_with_both_lengths()
    {
        byte[] plain = TestImages.WithPeHeader(TestImages.Image(50_000));
        string message = TestImages.Refusal(Gzip(plain[..40_000]));
        Assert.Equal("arm64 Image is cut short: 40000 bytes of the 50000 that its header describes", message);
    }

    [Fact]
    public void Compressed_data_of_another_kind_is_named()
    {
        Assert.Equal("not an arm64 kernel: gzip-compressed, and inside a cpio archive (an initramfs?)", TestImages.Refusal(Gzip("0707010000"u8.ToArray())));
        Assert.Equal("not an arm64 kernel: gzip-compressed, and inside an empty file", TestImages.Refusal(Convert.FromHexString("1f8b080000000000000303000000000000000000")));
    }

    [Fact]
    public void A_big_endian_image_inside_gzip_is_refused() =>
        Assert.Contains("big-endian", TestImages.Refusal(Gzip(TestImages.Image(flags: 1))), StringComparison.Ordinal);

    [Fact]
    public void A_compressed_image_without_a_size_is_refused() =>
        Assert.Contains("Linux 3.17", TestImages.Refusal(Gzip(TestImages.Image(imageSize: 0))), StringComparison.Ordinal);

    [Fact]
    public void An_efi_program_compressed_in_a_way_without_decoder_is_refused_by_name() =>
        Assert.Contains("compressed with xzkern", TestImages.Refusal(TestImages.Zboot([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xzkern")), StringComparison.Ordinal);

    [Fact]
    public void An_efi_program_for_another_machine_is_refused_by_name() =>
        Assert.Equal(
            "not an arm64 kernel: an EFI zboot image for LoongArch",
            TestImages.Refusal(TestImages.Zboot(Gzip(TestImages.Image()), "gzip", machine: 0x6264)));

    [Fact]
    public void An_efi_program_cut_short_is_refused_with_both_lengths()
    {
        byte[] file = TestImages.Zboot(Gzip(TestImages.Image()), "gzip");
        int end = file.Length - 0x200;
        Assert.Equal($"EFI zboot image is cut short: its payload ends at byte {end}, the file has {end - 5} bytes", TestImages.Refusal(file[..(end - 5)]));
    }

    [Fact]
    public void An_efi_program_whose_payload_is_something_else_is_refused() =>
        Assert.Contains("says gzip, but the payload starts with 28b52ffd", TestImages.Refusal(TestImages.Zboot([0x28, 0xb5, 0x2f, 0xfd, 0], "gzip")), StringComparison.Ordinal);

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        string message = Assert.Throws<DecompressionException>(() => SystemLibrary.Require("libnotthere.so.9", "libnotthere9")).Message;
        Assert.Equal("needs the library libnotthere.so.9, which is not on this system: install the Debian package libnotthere9", message);
    }

    internal static byte[] Gzip(byte[] data)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return compressed.ToArray();
    }

    private static byte[] Compress(byte[] data, string tool)
    {
        string[] words = tool.Split(' ');
        return Tool.Filter(data, words[0], [.. words[1..], "-c"]);
    }
}
