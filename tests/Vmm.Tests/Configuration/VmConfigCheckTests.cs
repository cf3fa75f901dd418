using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.Tests.Configuration;

public sealed class VmConfigCheckTests
{
    private static readonly VmConfig s_good = new() { KernelPath = "Image" };

    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(VmConfigCheck.Check(s_good));

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(ulong.MaxValue)]
    [InlineData((1UL << 32) - 4095)]
    public void Memory_outside_the_limits_is_refused(ulong mib) =>
        Refused($"--mem: {mib} MiB is outside 16 to 4294963200 MiB", s_good with { MemoryMib = mib });

    [Theory]
    [InlineData(16)]
    [InlineData((1UL << 32) - 4096)]
    public void Memory_at_the_limits_is_fine(ulong mib) => Assert.Empty(VmConfigCheck.Check(s_good with { MemoryMib = mib }));

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(int.MaxValue)]
    public void A_number_of_cpus_outside_the_limits_is_refused(int count) =>
        Refused($"--cpus: {count} vCPUs asked for; 1 to 16 are possible", s_good with { CpuCount = count });

    [Fact]
    public void A_dma_pool_must_be_smaller_than_memory()
    {
        Refused(
            "--swiotlb: the pool asked for is 256 MiB, which does not fit into --mem 256; give more memory or a smaller --swiotlb",
            s_good with { SwiotlbMib = 256 });
        Refused(
            "--swiotlb: the pool of a protected VM is 64 MiB, which does not fit into --mem 64; give more memory or a smaller --swiotlb",
            s_good with { MemoryMib = 64, Protection = ProtectionMode.ProtectedWithoutFirmware });
        Assert.Empty(VmConfigCheck.Check(s_good with { SwiotlbMib = 8 }));
    }

    [Fact]
    public void Too_long_kernel_parameters_are_refused() =>
        Refused(
            "--params: 2048 bytes of kernel parameters; the kernel takes 2047, those that vmm adds included",
            s_good with { Params = [new string('x', 1000), new string('y', 1046)] });

    [Theory]
    [InlineData("--pci: cam has a size of 0x2000000 bytes; it must be 0x1000000", 0x10000UL, 0x2000000UL)]
    [InlineData("--pci: cam starts at 0x10800 with 0x1000000 bytes; both must be multiples of 0x1000, the size not 0", 0x10800UL, 0x1000000UL)]
    [InlineData("--pci: cam starts at 0x10000 with 0x0 bytes; both must be multiples of 0x1000, the size not 0", 0x10000UL, 0UL)]
    [InlineData("--pci: cam starts at 0xfffffffffffff000 with 0x1000000 bytes; it must end below 4 GiB", 0xffff_ffff_ffff_f000UL, 0x1000000UL)]
    [InlineData("--pci: cam starts at 0x0 with 0xfffffffffffff000 bytes; it must end below 4 GiB", 0UL, 0xffff_ffff_ffff_f000UL)]
    public void A_wrong_pci_window_is_refused(string expected, ulong start, ulong size) =>
        Refused(expected, s_good with { PciCam = new AddressRange(start, size) });

    [Fact]
    public void Overlapping_pci_windows_are_refused() =>
        Refused(
            "--pci: cam 0x2000000-0x2ffffff and mem 0x2f00000-0x4efffff overlap",
            s_good with { PciCam = new AddressRange(0x2000000, 0x1000000), PciMem = new AddressRange(0x2f00000, 0x2000000) });

    [Fact]
    public void A_date_before_the_oldest_known_machine_is_refused()
    {
        Refused("--compat-date: 2023-11-21 is before 2023-11-22, the oldest machine that vmm knows", s_good with { CompatDate = new DateOnly(2023, 11, 21) });
        Assert.Empty(VmConfigCheck.Check(s_good with { CompatDate = new DateOnly(2023, 11, 22) }));
    }

    [Fact]
    public void Options_without_effect_are_told()
    {
        Assert.Equal(["--suspended without --socket: nothing can resume this VM"], VmConfigCheck.Check(s_good with { Suspended = true }));
        Assert.Empty(VmConfigCheck.Check(s_good with { Suspended = true, SocketPath = "x" }));
        Assert.Empty(VmConfigCheck.Check(s_good with { VirtioIntx = false }));
        Assert.Equal(
            ["--disable-virtio-intx without --irqchip kernel[allow-vgic-its]: virtio devices cannot interrupt the guest"],
            VmConfigCheck.Check(s_good with { VirtioIntx = false, AllowVgicIts = false }));
        Assert.Equal(
            ["--device-tree-overlay a.dtbo: filter keeps nodes of assigned devices only, and there are none"],
            VmConfigCheck.Check(s_good with { DeviceTreeOverlays = [new("a.dtbo", Filter: true)] }));
    }

    private static void Refused(string expected, VmConfig config)
    {
        var refusal = Assert.Throws<InvalidOptionException>(() => VmConfigCheck.Check(config));
        Assert.Equal(expected, refusal.Message);
        Assert.Equal(ExitCode.InvalidArguments, refusal.ExitCode);
    }
}
