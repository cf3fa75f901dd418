using BootLoader.Kernel;

namespace BootLoader.Tests.Kernel;

/// <summary>Real kernels, from the directory that VMM_TEST_KERNELS names.</summary>
public sealed class DebianKernelTests
{
    [SkippableFact]
    public void Real_kernels_are_loaded_as_they_are_and_through_each_compression()
    {
        string? directory = Environment.GetEnvironmentVariable("VMM_TEST_KERNELS");
        Skip.If(string.IsNullOrEmpty(directory), "VMM_TEST_KERNELS names no directory");
        string[] files = Directory.GetFiles(directory!);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            KernelImage image = KernelImage.Parse(stream);
            byte[] memory = new byte[image.MemorySize];
            LoadedKernel loaded = image.WriteTo(memory);
            Assert.InRange(loaded.MemorySize, loaded.FileSize, 256 << 20);
            Assert.Equal(0ul, loaded.FileSize == 0 ? 1 : image.TextOffset);
            byte[] plain = memory[..(int)loaded.FileSize];
            foreach (string tool in new[] { "gzip -1", "lz4 -l -1", "lz4 -1", "zstd -1" })
            {
                string[] words = tool.Split(' ');
                (KernelImage packed, LoadedKernel unpacked, byte[] again) = TestImages.Load(Tool.Filter(plain, words[0], [.. words[1..], "-c"]));
                Assert.Equal(KernelImageKind.CompressedImage, packed.Kind);
                Assert.Equal(loaded, unpacked);
                Assert.True(again.AsSpan(0, plain.Length).SequenceEqual(plain));
            }
        }
    }
}
