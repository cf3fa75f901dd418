using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

public sealed class ImageTests
{
    [Fact]
    public void An_image_is_written_as_it_is_and_its_bss_counted()
    {
        byte[] file = TestImages.Image(100_001, imageSize: 0x20000);
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(file);
        Assert.Equal(KernelImageKind.Image, image.Kind);
        Assert.Equal(KernelCompression.None, image.Compression);
        Assert.Equal(new LoadedKernel(100_001, 0x20000), loaded);
        Assert.Equal(100_001, image.FileSize);
        Assert.Equal(file, memory[..file.Length]);
        Assert.False(memory.AsSpan(file.Length).ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0x2, KernelPageSize.Kib4, false)]
    [InlineData(0xc, KernelPageSize.Kib16, true)]
    [InlineData(0xe, KernelPageSize.Kib64, true)]
    [InlineData(0x0, KernelPageSize.Unspecified, false)]
    public void An_image_tells_its_page_size_and_whether_it_may_lie_anywhere(ulong flags, KernelPageSize pageSize, bool anywhere)
    {
        Arm64ImageHeader header = KernelImage.Parse(TestImages.Image(flags: flags)).Header!.Value;
        Assert.Equal((pageSize, anywhere), (header.PageSize, header.MayLieAnywhere));
    }

    [Fact]
    public void An_image_is_loaded_at_its_text_offset_from_the_payload()
    {
        KernelImage image = KernelImage.Parse(TestImages.Image(textOffset: 0xe70000));
        Assert.Equal(0x81070000u, image.LoadAddress(0x80000000, 0x80200000));
        Assert.Equal(0, image.EntryOffset);
    }

    [Fact]
    public void An_image_without_a_size_has_the_old_text_offset_and_the_files_size()
    {
        KernelImage image = KernelImage.Parse(TestImages.Image(5000, textOffset: 0x1000, imageSize: 0));
        Assert.Equal(0x80000u, image.TextOffset);
        Assert.Equal(5000, image.MemorySize);
    }

    [Fact]
    public void An_image_with_a_footer_longer_than_its_bss_is_loaded_whole()
    {
        byte[] file = TestImages.Image(9000, imageSize: 8000);
        (KernelImage image, LoadedKernel loaded, byte[] memory) = TestImages.Load(file);
        Assert.Equal(9000, image.MemorySize);
        Assert.Equal(new LoadedKernel(9000, 9000), loaded);
        Assert.Equal(file, memory);
    }

    [Fact]
    public void An_image_is_read_once_without_a_copy_on_the_heap()
    {
        byte[] file = TestImages.Image(8 << 20);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            byte[] memory = new byte[9 << 20];
            Assert.InRange(Allocations.Of(() => KernelImage.Parse(stream).WriteTo(memory)), 0, 64 << 10);
            Assert.True(memory.AsSpan(0, file.Length).SequenceEqual(file));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_big_endian_image_is_refused() => Assert.Contains("big-endian", TestImages.Refusal(TestImages.Image(flags: 0xb)), StringComparison.Ordinal);

    [Fact]
    public void An_image_cut_short_is_refused_with_both_lengths()
    {
        byte[] file = TestImages.WithPeHeader(TestImages.Image(50_000));
        TestImages.Load(file);
        Assert.Equal("arm64 Image is cut short: 49999 bytes of the 50000 that its header describes", TestImages.Refusal(file[..^1]));
    }

    [Fact]
    public void An_image_that_shrinks_after_it_was_parsed_is_refused()
    {
        var file = new MemoryStream();
        file.Write(TestImages.Image(50_000));
        KernelImage image = KernelImage.Parse(file);
        file.SetLength(40_000);
        Assert.Contains("cut short", Assert.Throws<KernelImageException>(() => image.WriteTo(new byte[1 << 20])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_claims_more_than_2_GiB_is_refused() =>
        Assert.Contains("more than 2 GiB", TestImages.Refusal(TestImages.Image(imageSize: 1UL << 40)), StringComparison.Ordinal);

    [Fact]
    public void An_image_larger_than_the_memory_for_it_is_refused_with_both_sizes()
    {
        KernelImage image = KernelImage.Parse(TestImages.Image(5000, imageSize: 0x10000));
        string message = Assert.Throws<KernelImageException>(() => image.WriteTo(new byte[0xffff])).Message;
        Assert.Equal("the kernel needs 65536 bytes of memory from its load address, there are 65535", message);
    }

    [Fact]
    public void A_text_offset_that_wraps_around_is_refused()
    {
        KernelImage image = KernelImage.Parse(TestImages.Image(textOffset: ulong.MaxValue - 0x1000));
        Assert.Throws<KernelImageException>(() => image.LoadAddress(0x80000000, 0x80000000));
    }

    [Fact]
    public void A_pipe_is_refused()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        Assert.Contains("pipe", Assert.Throws<KernelImageException>(() => KernelImage.Parse(pipe)).Message, StringComparison.Ordinal);
    }
}
