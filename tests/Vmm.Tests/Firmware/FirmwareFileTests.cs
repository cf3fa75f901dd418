using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Firmware;
using BootLoader.Firmware.Making;
using Vmm.Configuration;
using Vmm.Firmware;
using Vmm.Machine;
using Vmm.Outcome;
using Vmm.Tests.Machine;

namespace Vmm.Tests.Firmware;

public sealed class FirmwareFileTests : IDisposable
{
    private const string Development = "images/keys/firmware.pem";
    private const string Other = "images/keys/guest.pem";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("vmm-firmware-");
    private readonly List<string> _warnings = [];

    [Fact]
    public void The_firmware_beside_the_program_is_taken_for_a_protected_vm()
    {
        Signed("pvmfw.img", Development);

        Assert.NotNull(Open(Config(ProtectionMode.Protected)));
        Assert.Null(Open(Config(ProtectionMode.ProtectedWithoutFirmware)));
        Assert.Null(Open(Config(ProtectionMode.Unprotected)));
    }

    [Fact]
    public void Where_there_is_none_the_message_says_what_to_do() =>
        Assert.Equal(
            $"--protected-vm: there is no firmware {_directory}/pvmfw.img; scripts/build-images makes one, --protected-vm-with-firmware FILE names another, "
            + "and --protected-vm-without-firmware starts the kernel unverified",
            Refusal(Config(ProtectionMode.Protected)));

    [Fact]
    public void The_development_key_is_the_one_in_the_tree_and_trusting_it_is_a_warning()
    {
        using var key = AvbSigningKey.FromPem(File.ReadAllText(Repository.Path(Development)));
        Assert.Equal(key.PublicKeyBlob, FirmwareTrust.DevelopmentKey);
        Signed("pvmfw.img", Development);

        Open(Config(ProtectionMode.Protected));

        Assert.Contains("development key", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProtectionMode.ProtectedWithFirmware, "--protected-vm-with-firmware")]
    [InlineData(ProtectionMode.UnprotectedWithFirmware, "--unprotected-vm-with-firmware")]
    public void Another_key_must_be_named_as_PEM_or_as_AVB_stores_it(ProtectionMode mode, string option)
    {
        string path = Signed("other", Other);
        VmConfig config = Config(mode) with { FirmwarePath = path };
        using var key = AvbSigningKey.FromPem(File.ReadAllText(Repository.Path(Other)));
        string blob = Path.Combine(_directory.FullName, "key");
        File.WriteAllBytes(blob, key.PublicKeyBlob);

        Assert.Equal($"{option}: {path} is refused: the vbmeta of pvmfw is signed by a key that is not trusted for it (--pvmfw-key names the key to trust)", Refusal(config));
        _warnings.Clear();
        Assert.NotNull(Open(config with { FirmwareKeyPath = Repository.Path(Other) }));
        Assert.NotNull(Open(config with { FirmwareKeyPath = blob }));
        Assert.Empty(_warnings);

        File.WriteAllText(blob, "no key");
        Assert.Equal($"--pvmfw-key: {blob}: not a PEM file with an unencrypted RSA key, nor an AVB public key", Refusal(config with { FirmwareKeyPath = blob }));
    }

    [Fact]
    public void An_unsigned_firmware_is_started_only_where_that_is_said()
    {
        VmConfig config = Config(ProtectionMode.UnprotectedWithFirmware) with { FirmwarePath = Write("unsigned", new byte[100]) };

        Assert.Contains("has no AVB footer", Refusal(config), StringComparison.Ordinal);
        _warnings.Clear();
        Assert.NotNull(Open(config with { FirmwareKeyPath = "none" }));
        Assert.Equal("nothing verifies the firmware (--pvmfw-key none)", Assert.Single(_warnings));
    }

    [Fact]
    public void Any_bit_of_the_program_that_changed_is_noticed()
    {
        string path = Signed("pvmfw.img", Development);
        byte[] image = File.ReadAllBytes(path);
        foreach (int place in (int[])[0, 1234, 4999])
        {
            image[place] ^= 0x10;
            File.WriteAllBytes(path, image);
            Assert.Contains("is refused: the partition pvmfw: ", Refusal(Config(ProtectionMode.Protected)), StringComparison.Ordinal);
            image[place] ^= 0x10;
        }
    }

    [Fact]
    public void A_footer_for_another_partition_or_without_verification_is_refused()
    {
        Signed("pvmfw.img", Development, name: "boot");
        Assert.Contains("its vbmeta has no hash of pvmfw", Refusal(Config(ProtectionMode.Protected)), StringComparison.Ordinal);
        Signed("pvmfw.img", Development, flags: VbmetaFlags.VerificationDisabled);
        Assert.Contains("its vbmeta turns verification off", Refusal(Config(ProtectionMode.Protected)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_firmware_that_is_too_large_is_refused()
    {
        string path = Write("large", new byte[(2 << 20) + 1]);

        Assert.Equal(
            $"--unprotected-vm-with-firmware: {path} has 2097153 bytes of program; 1 to 2097152 are possible",
            Refusal(Config(ProtectionMode.UnprotectedWithFirmware) with { FirmwarePath = path, FirmwareKeyPath = "none" }));
    }

    [Fact]
    public void Behind_the_program_lies_a_hand_over_that_measures_it()
    {
        Signed("pvmfw.img", Development, rollback: 3);
        byte[] region = new byte[2 << 20];

        Open(Config(ProtectionMode.Protected))!.LoadInto(region);

        Assert.Equal(Program(), region[..5000]);
        Assert.True(PvmfwConfig.Read(region.AsSpan(8192), out PvmfwConfig config).IsNone);
        Assert.Equal(DiceError.None, DiceHandover.Read(config.DiceHandover, out DiceHandover handover));
        Assert.True(DiceChain.Open(handover.Chain, out DiceChain chain).IsNone);
        Assert.True(chain.Verify<HostCryptography>().IsNone);
        Assert.True(config.DiceHandover.IndexOf(SHA512.HashData(Program())) > 0);
        Assert.True(config.DiceHandover.IndexOf(SHA512.HashData(FirmwareTrust.DevelopmentKey)) > 0);
    }

    [Fact]
    public void The_same_device_and_firmware_give_the_same_secrets_and_others_give_others()
    {
        Signed("pvmfw.img", Development);
        byte[] first = Loaded(), again = Loaded();
        File.Delete(SecretPath);
        byte[] otherDevice = Loaded();
        Signed("pvmfw.img", Development, fill: 7);
        byte[] otherProgram = Loaded();

        Assert.Equal(first, again);
        Assert.NotEqual(first[8192..], otherDevice[8192..]);
        Assert.NotEqual(otherDevice[8192..], otherProgram[8192..]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretPath));
    }

    [Fact]
    public void Configuration_data_that_were_packed_with_the_firmware_stay()
    {
        byte[] own = new PvmfwConfigBlobs { DiceHandover = new byte[] { 1, 2, 3 } }.ToBytes(1);
        byte[] packed = PvmfwImage.Pack(Program(), own);
        string path = Write("packed", packed);
        byte[] region = new byte[2 << 20];

        Open(Config(ProtectionMode.UnprotectedWithFirmware) with { FirmwarePath = path, FirmwareKeyPath = "none" })!.LoadInto(region);

        Assert.Equal(packed, region[..packed.Length]);
        Assert.False(File.Exists(SecretPath));
    }

    [Theory]
    [InlineData("1f8b", "compressed")]
    [InlineData("7f454c46", "an ELF program")]
    public void A_kernel_that_is_not_raw_is_refused(string kind, string words)
    {
        string path = Write("kernel", kind == "1f8b" ? TestKernels.Gzip() : TestKernels.Elf());
        using KernelFile kernel = KernelFile.Open(path);

        var refused = Assert.Throws<LayoutException>(kernel.RequireRaw);

        Assert.Equal($"KERNEL: {path} is {words}; a firmware starts the file as it is, which must be an uncompressed arm64 Image", refused.Message);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string SecretPath => Path.Combine(_directory.FullName, "device-secret");

    private static byte[] Program(byte fill = 1)
    {
        byte[] program = new byte[5000];
        Array.Fill(program, fill);
        return program;
    }

    private VmConfig Config(ProtectionMode mode) => SamplePlans.Config() with { Protection = mode, DeviceSecretPath = SecretPath };

    private FirmwareFile? Open(VmConfig config) => FirmwareFile.Open(config, _directory.FullName, _warnings.Add);

    private string Refusal(VmConfig config) => Assert.ThrowsAny<VmmException>(() => Open(config)).Message;

    private byte[] Loaded()
    {
        byte[] region = new byte[2 << 20];
        Open(Config(ProtectionMode.Protected))!.LoadInto(region);
        return region;
    }

    private string Signed(string file, string key, string name = "pvmfw", VbmetaFlags flags = VbmetaFlags.None, ulong rollback = 0, byte fill = 1)
    {
        using var signer = AvbSigningKey.FromPem(File.ReadAllText(Repository.Path(key)));
        using var image = new MemoryStream(Program(fill));
        var options = new PartitionFooterOptions { PartitionName = name };
        var vbmeta = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa4096, Key = signer, Flags = flags, RollbackIndex = rollback };
        PartitionImage signed = PartitionFooter.AddHash(image, options, vbmeta);
        byte[] result = new byte[signed.Size];
        image.ToArray().CopyTo(result, 0);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in signed.Parts)
        {
            bytes.CopyTo(result.AsMemory((int)offset));
        }

        return Write(file, result);
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
