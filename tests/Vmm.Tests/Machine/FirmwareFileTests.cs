using Vmm.Configuration;
using Vmm.Machine;
using Vmm.Outcome;

namespace Vmm.Tests.Machine;

public sealed class FirmwareFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vmm-firmware-");

    [Fact]
    public void The_firmware_beside_the_program_is_taken_for_a_protected_vm()
    {
        Write("pvmfw.img", 5);

        Assert.Equal(5, FirmwareFile.Open(Config(ProtectionMode.Protected), _directory.FullName)!.Size);
        Assert.Null(FirmwareFile.Open(Config(ProtectionMode.ProtectedWithoutFirmware), _directory.FullName));
        Assert.Null(FirmwareFile.Open(Config(ProtectionMode.Unprotected), _directory.FullName));
    }

    [Fact]
    public void Where_there_is_none_the_message_says_what_to_do() =>
        Assert.Equal(
            $"--protected-vm: there is no firmware {_directory}/pvmfw.img; scripts/build-images makes one, --protected-vm-with-firmware FILE names another, "
            + "and --protected-vm-without-firmware starts the kernel unverified",
            Refusal(Config(ProtectionMode.Protected)));

    [Theory]
    [InlineData(ProtectionMode.ProtectedWithFirmware, "--protected-vm-with-firmware")]
    [InlineData(ProtectionMode.UnprotectedWithFirmware, "--unprotected-vm-with-firmware")]
    public void A_firmware_fills_2_MiB_at_most(ProtectionMode mode, string option)
    {
        string path = Write("most", 2 << 20);
        Assert.Equal(2 << 20, FirmwareFile.Open(Config(mode) with { FirmwarePath = path }, "/nowhere")!.Size);

        path = Write("more", (2 << 20) + 1);
        Assert.Equal($"{option}: {path} has 2097153 bytes; at most 2097152 are possible", Refusal(Config(mode) with { FirmwarePath = path }));
        path = Write("empty", 0);
        Assert.Equal($"{option}: {path} is empty", Refusal(Config(mode) with { FirmwarePath = path }));
    }

    [Fact]
    public void Its_bytes_go_to_the_start_of_its_region()
    {
        string path = Write("firmware", 3);
        byte[] region = new byte[8];

        FirmwareFile.Open(Config(ProtectionMode.UnprotectedWithFirmware) with { FirmwarePath = path }, "/nowhere")!.LoadInto(region);

        Assert.Equal(new byte[] { 1, 1, 1, 0, 0, 0, 0, 0 }, region);
    }

    [Theory]
    [InlineData("1f8b", "compressed")]
    [InlineData("7f454c46", "an ELF program")]
    public void A_kernel_that_is_not_raw_is_refused(string kind, string words)
    {
        string path = Path.Combine(_directory.FullName, "kernel");
        File.WriteAllBytes(path, kind == "1f8b" ? TestKernels.Gzip() : TestKernels.Elf());
        using KernelFile kernel = KernelFile.Open(path);

        var refused = Assert.Throws<LayoutException>(kernel.RequireRaw);

        Assert.Equal($"KERNEL: {path} is {words}; a firmware starts the file as it is, which must be an uncompressed arm64 Image", refused.Message);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static VmConfig Config(ProtectionMode mode) => SamplePlans.Config() with { Protection = mode };

    private string Refusal(VmConfig config) => Assert.ThrowsAny<VmmException>(() => FirmwareFile.Open(config, _directory.FullName)).Message;

    private string Write(string name, int size)
    {
        string path = Path.Combine(_directory.FullName, name);
        byte[] content = new byte[size];
        Array.Fill(content, (byte)1);
        File.WriteAllBytes(path, content);
        return path;
    }
}
