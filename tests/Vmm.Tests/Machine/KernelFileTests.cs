using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Tests.Machine;

public sealed class KernelFileTests : IDisposable
{
    private static readonly AddressRange s_ram = new(0x8000_0000, 64 << 20);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kernel-{Guid.NewGuid():N}");

    /// <summary>The machine is built for the place while the kernel is still being read to it.</summary>
    [Fact]
    public void The_place_of_an_image_is_known_before_it_is_read_and_it_is_read_to_that()
    {
        byte[] image = TestKernels.Image();
        File.WriteAllBytes(_path, image);
        using var kernel = KernelFile.Open(_path);
        byte[] ram = new byte[s_ram.Size];
        PlacedKernel? placed = kernel.TryPlace(Config(), s_ram);
        Assert.Equal(placed, kernel.LoadInto(Config(), s_ram, address => ram.AsSpan((int)(address - s_ram.Start))));
        Assert.Equal(image, ram.AsSpan((int)(placed!.Value.Address - s_ram.Start), image.Length));
    }

    [Fact]
    public void The_place_of_a_compressed_kernel_is_known_when_it_is_unpacked()
    {
        File.WriteAllBytes(_path, TestKernels.Gzip());
        using var kernel = KernelFile.Open(_path);
        Assert.Null(kernel.TryPlace(Config(), s_ram));
    }

    [Fact]
    public void A_kernel_that_does_not_fit_is_refused_before_it_is_read()
    {
        File.WriteAllBytes(_path, TestKernels.Image());
        using var kernel = KernelFile.Open(_path);
        Assert.Contains("too little memory", Assert.Throws<LayoutException>(() => kernel.TryPlace(Config(), new AddressRange(s_ram.Start, 2048))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_path);

    private static VmConfig Config() => new() { KernelPath = "Image", MemoryMib = 64 };
}
