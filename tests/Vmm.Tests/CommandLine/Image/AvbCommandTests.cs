using System.Text.Json;
using BootLoader.AndroidBoot;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace Vmm.Tests.CommandLine.Image;

public sealed class AvbCommandTests : IDisposable
{
    private static readonly string[] s_sign = ["--key", "@key.pem", "--algorithm", "SHA256_RSA2048"];
    private readonly ImageFolder _folder = new();

    [Fact]
    public void A_guest_is_signed_with_its_initrds_and_verified_as_firmware_does()
    {
        byte[] kernel = _folder.Write("boot.img", 50_000), initrd = _folder.Write("initrd_normal.img", 3000);
        _folder.Write("initrd_debug.img", 4000);
        foreach (string name in new[] { "initrd_normal", "initrd_debug" })
        {
            _folder.Run(0, "add_hash_footer", "--image", $"@{name}.img", "--partition_name", name, "--dynamic_partition_size", "--do_not_append_vbmeta_image", "--output_vbmeta_image", $"@{name}.vbmeta");
        }

        Assert.Equal(initrd, File.ReadAllBytes(_folder.At("initrd_normal.img")));
        _folder.Run(
            0,
            [
                "add-hash-footer", "--image", "@boot.img", "--partition_name", "boot", "--dynamic_partition_size", .. s_sign, "--rollback_index", "0x10",
                "--include_descriptors_from_image", "@initrd_normal.vbmeta", "--include_descriptors_from_image", "@initrd_debug.vbmeta",
                "--prop", "com.android.virt.name:guest", "--prop", "com.android.virt.cap:remote_attest",
            ]);
        byte[] signed = File.ReadAllBytes(_folder.At("boot.img"));
        Assert.Equal(kernel, signed[..kernel.Length]);
        Assert.Equal((50_000 + (68 << 10) + 4095) / 4096 * 4096, signed.Length);

        string[] verify = ["verify", "--image", "@boot.img", "--key", "@key.pem", "--guest"];
        JsonElement normal = _folder.Json(0, [.. verify, "--initrd", "@initrd_normal.img"]);
        Assert.Equal("Ok", normal.GetProperty("verdict").GetString());
        Assert.Equal(["boot", "initrd_normal"], normal.GetProperty("partitions").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal("16", normal.GetProperty("facts").GetProperty("rollbackIndex").GetString());
        Assert.Equal("Full", _folder.Json(0, [.. verify, "--initrd", "@initrd_debug.img"]).GetProperty("facts").GetProperty("debugLevel").GetString());
        Assert.Equal("RamdiskMissing", _folder.Json(1, verify).GetProperty("verdict").GetString());
        Assert.Contains("refused (UntrustedPublicKey): it is signed by another key than the one to trust", _folder.Run(1, "verify", "--image", "@boot.img", "--key", "@other.pem", "--guest"), StringComparison.Ordinal);
        Assert.Contains("verified", _folder.Run(0, "verify", "--image", "@boot.img"), StringComparison.Ordinal);
        signed[100] ^= 1;
        File.WriteAllBytes(_folder.At("boot.img"), signed);
        Assert.Equal("KernelHashMismatch", _folder.Json(1, [.. verify, "--initrd", "@initrd_normal.img"]).GetProperty("verdict").GetString());
        Assert.Contains("the partition boot: its digest is not the signed one", _folder.Run(1, "verify_image", "--image", "@boot.img"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_of_partitions_is_signed_and_verified_by_its_vbmeta()
    {
        _folder.Write("boot.img", 9000);
        _folder.Write("system.img", 100_000);
        _folder.Run(0, "add-hash-footer", "--image", "@boot.img", "--partition_name", "boot", "--partition_size", "131072", "--key", "@other.pem", "--algorithm", "SHA512_RSA2048");
        _folder.Run(0, "add_hashtree_footer", "--image", "@system.img", "--partition_name", "system", "--dynamic_partition_size", "--salt", "0102", "--do_not_generate_fec");
        _folder.Run(0, "extract_public_key", "--key", "@other.pem", "--output", "@other.avbpubkey");
        _folder.Run(
            0,
            [
                "make_vbmeta_image", "--output", "@vbmeta.img", .. s_sign, "--include_descriptors_from_image", "@system.img", "--setup_rootfs_from_kernel", "@system.img",
                "--chain_partition", "boot:1:@other.avbpubkey", "--kernel_cmdline", "quiet", "--padding_size", "4096",
            ]);
        Assert.Equal(4096, new FileInfo(_folder.At("vbmeta.img")).Length);
        JsonElement found = _folder.Json(0, "verify", "--image", "@vbmeta.img", "--key", "@key.pem");
        Assert.Equal(["vbmeta.img", "boot"], found.GetProperty("vbmetas").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal(["boot", "system"], found.GetProperty("partitions").EnumerateArray().Select(static item => item.GetString()));
        Assert.Contains("quiet", found.GetProperty("facts").GetProperty("cmdline").GetString(), StringComparison.Ordinal);
        JsonElement info = _folder.Json(0, "info_image", "--image", "@vbmeta.img");
        Assert.Equal("vbmeta", info.GetProperty("kind").GetString());
        Assert.Equal(["chainPartition", "kernelCmdline", "hashtree", "kernelCmdline", "kernelCmdline"], info.GetProperty("vbmeta").GetProperty("descriptors").EnumerateArray().Select(static item => item.GetProperty("kind").GetString()));
        byte[] system = File.ReadAllBytes(_folder.At("system.img"));
        system[50_000] ^= 1;
        File.WriteAllBytes(_folder.At("system.img"), system);
        Assert.Contains("the partition system: its root digest is not the signed one", _folder.Run(1, "verify", "--image", "@vbmeta.img"), StringComparison.Ordinal);
        Assert.Equal("PublicKeyRejected", _folder.Json(1, "verify", "--image", "@vbmeta.img", "--key", "@other.pem").GetProperty("verdict").GetString());
        File.Delete(_folder.At("boot.img"));
        Assert.Contains("there is no partition boot", _folder.Run(1, "verify", "--image", "@vbmeta.img"), StringComparison.Ordinal);
    }

    /// <summary>What can go wrong before, while and after the image is written: each leaves its bytes, its mode and no file beside it.</summary>
    [Theory]
    [InlineData("--key: cannot open /none: No such file or directory", "--dynamic_partition_size", "--key", "@none", "--algorithm", "SHA256_RSA2048")]
    [InlineData("--key: /boot.img: not a PEM file with an unencrypted RSA key", "--dynamic_partition_size", "--key", "@boot.img", "--algorithm", "SHA256_RSA2048")]
    [InlineData("add-hash-footer: a key of 2048 bits cannot sign with SHA256_RSA4096", "--dynamic_partition_size", "--key", "@key.pem", "--algorithm", "SHA256_RSA4096")]
    [InlineData("--key needs --algorithm", "--dynamic_partition_size", "--key", "@key.pem")]
    [InlineData("--algorithm SHA256_RSA2048 needs --key", "--dynamic_partition_size", "--algorithm", "SHA256_RSA2048")]
    [InlineData("--algorithm: 'RSA' is none of NONE, SHA256_RSA2048, SHA256_RSA4096, SHA256_RSA8192, SHA512_RSA2048, SHA512_RSA4096, SHA512_RSA8192", "--dynamic_partition_size", "--algorithm", "RSA")]
    [InlineData("either --partition_size or --dynamic_partition_size is needed")]
    [InlineData("either --partition_size or --dynamic_partition_size is needed", "--dynamic_partition_size", "--partition_size", "131072")]
    [InlineData("--partition_size: 'big' is not a number from 0 to 9223372036854775807", "--partition_size", "big")]
    [InlineData("add-hash-footer: an image of 9000 bytes does not fit a partition 'boot' of 4096 bytes, which has place for 0", "--partition_size", "4096")]
    [InlineData("add-hash-footer: a partition of 100001 bytes: it must be a multiple of 4096", "--partition_size", "100001")]
    [InlineData("--image: /boot.img would have 9223372036854771712 bytes; no file can have more than 17592186044416", "--partition_size", "0x7ffffffffffff000")]
    [InlineData("--salt: 'xyz' is not hexadecimal digits, two for each byte", "--dynamic_partition_size", "--salt", "xyz")]
    [InlineData("--hash_algorithm: 'md5' is neither sha256 nor sha512", "--dynamic_partition_size", "--hash_algorithm", "md5")]
    [InlineData("--prop: 'name' has no colon after a name", "--dynamic_partition_size", "--prop", "name")]
    [InlineData("--chain_partition: 'a:0:@key.pem': the rollback index location must be from 1 up, and another for each partition", "--dynamic_partition_size", "--chain_partition", "a:0:@key.pem")]
    [InlineData("--include_descriptors_from_image: /boot.img has no vbmeta", "--dynamic_partition_size", "--include_descriptors_from_image", "@boot.img")]
    [InlineData("--do_not_append_vbmeta_image needs --output_vbmeta_image: otherwise nothing would be kept", "--dynamic_partition_size", "--do_not_append_vbmeta_image")]
    [InlineData("--output_vbmeta_image: cannot write /none/vbmeta: No such file or directory", "--dynamic_partition_size", "--output_vbmeta_image", "@none/vbmeta")]
    public void An_image_that_cannot_be_signed_is_left_as_it_was(string message, params string[] args)
    {
        byte[] before = _folder.Write("boot.img", 9000);
        File.SetUnixFileMode(_folder.At("boot.img"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(message.Replace("@", "/", StringComparison.Ordinal), _folder.Failure(["add-hash-footer", "--image", "@boot.img", "--partition_name", "boot", .. args]));
        Assert.Equal(before, File.ReadAllBytes(_folder.At("boot.img")));
        Assert.Equal(["boot.img"], _folder.Files());
    }

    [Fact]
    public void A_signed_image_keeps_its_mode_and_a_link_to_it_stays_a_link()
    {
        _folder.Write("boot.img", 9000);
        File.SetUnixFileMode(_folder.At("boot.img"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_folder.At("link.img"), "boot.img");
        _folder.Run(0, "add-hash-footer", "--image", "@link.img", "--partition_name", "boot", "--dynamic_partition_size");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.At("boot.img")));
        Assert.Equal("boot.img", File.ResolveLinkTarget(_folder.At("link.img"), returnFinalTarget: false)?.Name);
        Assert.Equal(81920, new FileInfo(_folder.At("boot.img")).Length);
        Assert.Equal(["boot.img", "link.img"], _folder.Files());
    }

    [Fact]
    public void A_boot_image_is_named_and_taken_apart()
    {
        File.WriteAllBytes(_folder.At("boot.img"), new BootImage { Kernel = new byte[] { 1, 2 }, Ramdisk = new byte[] { 3 }, Cmdline = "quiet"u8.ToArray() }.Write());
        JsonElement info = _folder.Json(0, "info", "--image", "@boot.img");
        Assert.Equal("boot", info.GetProperty("kind").GetString());
        Assert.Contains("Android boot image, version 4", _folder.Run(0, "unpack-boot", "--boot_img", "@boot.img", "--out", "@parts"), StringComparison.Ordinal);
        Assert.Equal([1, 2], File.ReadAllBytes(_folder.At("parts/kernel")));
        Assert.Equal([3], File.ReadAllBytes(_folder.At("parts/ramdisk")));
        Assert.Equal(2, Directory.GetFiles(_folder.At("parts")).Length);

        File.WriteAllBytes(_folder.At("init.img"), new BootImage { Ramdisk = new byte[] { 3 } }.Write());
        Assert.Equal("init_boot", _folder.Json(0, "info", "--image", "@init.img").GetProperty("kind").GetString());
        var vendor = new VendorBootImage { Ramdisks = [new VendorRamdisk(VendorRamdiskKind.Platform, "", new byte[] { 7 }, [])], DeviceTree = new byte[] { 8 }, Bootconfig = "a=1\n"u8.ToArray() };
        File.WriteAllBytes(_folder.At("vendor.img"), vendor.Write());
        Assert.Equal("vendor_boot", _folder.Json(0, "unpack_bootimg", "--image", "@vendor.img", "--out", "@vendor").GetProperty("kind").GetString());
        Assert.Equal([7], File.ReadAllBytes(_folder.At("vendor/vendor_ramdisk00")));
        Assert.Equal([8], File.ReadAllBytes(_folder.At("vendor/dtb")));
        Assert.Equal("a=1\n"u8.ToArray(), File.ReadAllBytes(_folder.At("vendor/bootconfig")));
        Assert.Equal("--boot_img: /key.pem: not an Android boot image", _folder.Failure("unpack-boot", "--boot_img", "@key.pem", "--out", "@none"));
        Assert.False(Directory.Exists(_folder.At("none")));
    }

    [Fact]
    public void Images_of_other_formats_are_named()
    {
        (string Kind, byte[] Content)[] images =
        [
            ("instance", [.. "Android-VM-instance"u8, 1, 0]),
            ("composite", [.. "composite_disk\x1d"u8, 0]),
            ("sparse", [0x3a, 0xff, 0x26, 0xed, 1, 0]),
            ("qcow2", [(byte)'Q', (byte)'F', (byte)'I', 0xfb]),
            ("gpt", [.. new byte[512], .. "EFI PART"u8, 0, 0, 1, 0]),
            ("kernel", [.. new byte[56], .. "ARM\x64"u8, .. new byte[8]]),
            ("initrd", Bootconfig.Append([1, 2, 3], "a=1\n"u8)),
            ("unknown", [1]),
        ];
        foreach ((string kind, byte[] content) in images)
        {
            File.WriteAllBytes(_folder.At("image"), content);
            Assert.Equal(kind, _folder.Json(0, "info", "--image", "@image").GetProperty("kind").GetString());
        }
    }

    [Fact]
    public void Text_of_an_image_does_not_reach_the_terminal_as_control_codes()
    {
        byte[] vbmeta = new VbmetaBuilder().Add(AvbDescriptors.Property("\u001b[2J", "\r\n\u009b31m"u8.ToArray())).Add(AvbDescriptors.KernelCmdline("\u0007")).Build();
        File.WriteAllBytes(_folder.At("vbmeta"), vbmeta);
        string text = _folder.Run(0, "info", "--image", "@vbmeta");
        Assert.DoesNotContain(text, static letter => char.IsControl(letter) && letter != '\n');
        Assert.Contains("key: .[2J", text, StringComparison.Ordinal);
    }

    /// <summary>Whatever an image says, it is shown, verified or refused; vmm never fails as if that were its own fault.</summary>
    [Fact]
    public void Mutated_images_never_do_more_than_be_refused()
    {
        _folder.Write("system.img", 20_000);
        _folder.Run(0, ["make-vbmeta", "--output", "@b.img", .. s_sign]);
        _folder.Run(0, ["add-hashtree-footer", "--image", "@system.img", "--partition_name", "system", "--dynamic_partition_size", .. s_sign, "--setup_as_rootfs_from_kernel", "--chain_partition", "b:1:@key.pem"]);
        byte[] whole = File.ReadAllBytes(_folder.At("system.img"));
        AvbFooter.Read(whole, out AvbFooter footer);
        _folder.Run(0, "verify", "--image", "@system.img");
        var random = new Random(7);
        for (int round = 0; round < 150; round++)
        {
            byte[] changed = [.. whole];
            for (int changes = 0; changes < 4; changes++)
            {
                int at = random.Next(3) switch
                {
                    0 => changed.Length - AvbFooter.Size + random.Next(AvbFooter.Size),
                    1 => (int)footer.VbmetaOffset + random.Next(VbmetaHeader.Size),
                    _ => (int)footer.VbmetaOffset + random.Next((int)footer.VbmetaSize),
                };
                changed[at] = random.Next(2) == 0 ? (byte)0xff : (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder.At("system.img"), changed);
            _folder.Run(0, "info", "--image", "@system.img");
            _folder.Run(1, "verify", "--image", "@system.img");
        }
    }

    [Theory]
    [InlineData("vmm image needs a command; vmm image --help lists them")]
    [InlineData("unknown command 'sign'; vmm image --help lists them", "sign")]
    [InlineData("unknown command 'verfy'; did you mean 'verify'?", "verfy")]
    [InlineData("vmm image info needs --image PATH: the image", "info")]
    [InlineData("unknown option '--imag'; did you mean '--image'?", "info", "--imag")]
    [InlineData("--image: cannot open /none: No such file or directory", "info", "--image", "@none")]
    [InlineData("--image: / is a directory, not a file", "info", "--image", "@")]
    [InlineData("--guest needs --key: firmware trusts one key", "verify", "--image", "@key.pem", "--guest")]
    [InlineData("--initrd needs --guest", "verify", "--image", "@key.pem", "--initrd", "x")]
    public void A_wrong_command_line_is_refused(string message, params string[] args) => Assert.Equal(message, _folder.Failure(args));

    public void Dispose() => _folder.Dispose();
}
