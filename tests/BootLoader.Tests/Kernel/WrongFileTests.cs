using System.Text;
using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

public sealed class WrongFileTests
{
    public static TheoryData<string, byte[]> Files => new()
    {
        { "an empty file", [] },
        { "zeros only (the first 4096 bytes)", new byte[10_000] },
        { "an x86 kernel (bzImage)", At(0x202, "HdrS"u8, At(0, "MZ"u8)) },
        { "a 32-bit ARM kernel (zImage)", At(0x24, [0x18, 0x28, 0x6f, 0x01]) },
        { "a 32-bit ARM kernel (zImage)", At(0x24, [0x01, 0x6f, 0x28, 0x18]) },
        { "a RISC-V kernel (Image)", At(0x38, "RSC\u0005"u8, At(0, "MZ"u8)) },
        { "an EFI program for x86-64 without a kernel", TestImages.WithPeHeader(new byte[0x2000], 0x8664) },
        { "an EFI program for arm64 without a kernel", TestImages.WithPeHeader(new byte[0x2000]) },
        { "a DOS or EFI program", At(0, "MZ"u8) },
        { "a U-Boot image (uImage)", At(0, [0x27, 0x05, 0x19, 0x56]) },
        { "an Android boot image", At(0, "ANDROID!"u8) },
        { "a cpio archive", At(0, "070701"u8) },
        { "a device tree blob or a FIT image", At(0, [0xd0, 0x0d, 0xfe, 0xed]) },
        { "xz-compressed data; decompress it first", At(0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) },
        { "bzip2-compressed data", At(0, "BZh9"u8) },
        { "lzma-compressed data", At(0, [0x5d, 0, 0, 0x80, 0]) },
        { "lzop-compressed data", At(0, [0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d]) },
        { "a tar archive", At(257, "ustar"u8) },
        { "a zip archive", At(0, "PK\u0003\u0004"u8) },
        { "a Debian package", At(0, "!<arch>\ndebian-binary"u8) },
        { "a file system image", At(0x438, [0x53, 0xef]) },
        { "a disk image", At(512, "EFI PART"u8) },
        { "a script", Encoding.ASCII.GetBytes("#!/bin/sh\necho\n") },
        { "a text file", Encoding.ASCII.GetBytes("Hello, kernel\n") },
        { "data of no known kind, starting with 0102030405060708", [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_is_no_arm64_kernel_is_refused_by_what_it_is(string what, byte[] file)
    {
        string message = TestImages.Refusal(file);
        Assert.StartsWith($"not an arm64 kernel: {what}", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    public void The_start_of_an_image_alone_is_refused(int length) =>
        Assert.Contains("not an arm64 kernel", TestImages.Refusal(TestImages.Image()[..length]), StringComparison.Ordinal);

    [Fact]
    public void An_initramfs_is_known_by_its_first_bytes()
    {
        Assert.True(FileContent.IsInitramfs("070701"u8));
        Assert.True(FileContent.IsInitramfs([0x28, 0xb5, 0x2f, 0xfd]));
        Assert.True(FileContent.IsInitramfs([0x02, 0x21, 0x4c, 0x18]));
        Assert.False(FileContent.IsInitramfs("#!/bin/sh"u8));
        Assert.False(FileContent.IsInitramfs([]));
    }

    [Fact]
    public void Mutated_kernels_never_do_more_than_be_refused()
    {
        byte[][] seeds =
        [
            TestImages.WithPeHeader(TestImages.Image(6000)),
            TestImages.Elf(0x1000, (0x1000, 0x1000, new byte[100], 200), (0x3000, 0x3000, new byte[50], 50)),
            TestImages.Zboot(CompressedImageTests.Gzip(TestImages.Image(6000)), "gzip"),
        ];
        var random = new Random(42);
        byte[] memory = new byte[1 << 16];
        int refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            byte[] mutant = [.. seeds[i % seeds.Length]];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutant[random.Next(Math.Min(mutant.Length, 0x140))] = (byte)random.Next(256);
            }

            try
            {
                KernelImage image = KernelImage.Parse(mutant.AsMemory(0, random.Next(4) == 0 ? random.Next(mutant.Length) : mutant.Length));
                image.LoadAddress(0x80000000, 0x80000000);
                image.WriteTo(memory);
            }
            catch (KernelImageException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 5900);
    }

    private static byte[] At(int offset, ReadOnlySpan<byte> bytes, byte[]? into = null)
    {
        byte[] file = into ?? new byte[8192];
        bytes.CopyTo(file.AsSpan(offset));
        return file;
    }
}
