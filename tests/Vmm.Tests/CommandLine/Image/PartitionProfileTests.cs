using System.Text.Json;

namespace Vmm.Tests.CommandLine.Image;

/// <summary>The sets of partitions that Microdroid has been booted from, built and verified by <c>vmm image</c> alone.</summary>
public sealed class PartitionProfileTests : IDisposable
{
    private static readonly string[] s_partitions = ["bootloader", "boot", "vendor_boot", "super"];
    private readonly ImageFolder _folder = new();

    [Fact]
    public void The_profile_of_Android_13_is_built_and_verified_and_a_change_at_either_end_or_in_the_middle_of_any_partition_is_refused()
    {
        BuildAndroid13();
        JsonElement found = Verify(0);
        Assert.Equal(["vbmeta.img", .. s_partitions], Names(found, "vbmetas"));
        Assert.Equal(s_partitions, Names(found, "partitions"));
        foreach (string name in s_partitions)
        {
            // The first byte, one in the middle of what is signed, and the last of it.
            long size = _folder.Json(0, "info", "--image", $"@{name}.img").GetProperty("footer").GetProperty("originalImageSize").GetInt64();
            foreach (long at in new[] { 0, size / 2, size - 1 })
            {
                Flip(name, at);
                Assert.Contains($"the partition {name}: ", Verify(1).GetProperty("reason").GetString(), StringComparison.Ordinal);
                Flip(name, at);
            }
        }

        foreach (long at in new long[] { 0, 200, 600, 1500 })
        {
            Flip("vbmeta", at);
            Assert.NotEqual("Ok", Verify(1).GetProperty("verdict").GetString());
            Flip("vbmeta", at);
        }

        Verify(0);
    }

    [Theory]
    [InlineData("bootloader")]
    [InlineData("boot")]
    [InlineData("vendor_boot")]
    [InlineData("super")]
    public void A_partition_that_another_key_signed_is_refused(string name)
    {
        BuildAndroid13();
        Sign(name, "@key.pem");
        Assert.Equal("PublicKeyRejected", Verify(1).GetProperty("verdict").GetString());
        Sign(name, "@other.pem");
        Verify(0);
    }

    [Fact]
    public void The_profile_of_Android_14_is_built_and_what_its_vbmeta_says_holds_for_the_partition_in_super()
    {
        byte[] system = CopyProgram("system");
        _folder.Run(0, "add-hashtree-footer", "--image", "@system.img", "--partition_name", "system", "--dynamic_partition_size", "--salt", "00", "--do_not_generate_fec");
        _folder.Run(0, "make-vbmeta", "--output", "@vbmeta.img", "--key", "@key.pem", "--algorithm", "SHA256_RSA2048", "--include_descriptors_from_image", "@system.img", "--padding_size", "4096");
        _folder.Run(0, "make-super", "--output", "@super.img", "--partition", "system_a:readonly:auto", "--image", "system_a=@system.img");
        Assert.Equal(["system"], Names(Verify(0), "partitions"));

        byte[] super = File.ReadAllBytes(_folder.At("super.img"));
        File.WriteAllBytes(_folder.At("system.img"), super[(1 << 20)..]);
        Assert.Equal(system, super[(1 << 20)..][..system.Length]);
        Assert.Equal(["system"], Names(Verify(0), "partitions"));
        Flip("system", 4000);
        Assert.Contains("the partition system: its root digest is not the signed one", Verify(1).GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void BuildAndroid13()
    {
        CopyProgram("bootloader");
        CopyProgram("kernel");
        CopyProgram("system");
        _folder.Write("ramdisk", 5000);
        _folder.Write("dtb", 3000);
        File.WriteAllText(_folder.At("bootconfig"), "androidboot.hardware = microdroid\n");
        _folder.Run(
            0,
            "make-boot", "--output", "@boot.img", "--kernel", "@kernel.img", "--ramdisk", "@ramdisk", "--os_version", "13.0.0", "--os_patch_level", "2022-08",
            "--vendor_boot", "@vendor_boot.img", "--vendor_ramdisk", "@ramdisk", "--dtb", "@dtb", "--vendor_bootconfig", "@bootconfig");
        _folder.Run(0, "make-super", "--output", "@super.img", "--device-size", "auto", "--partition", "system_a:readonly:auto", "--partition", "vendor_a:readonly:1048576", "--image", "system_a=@system.img");
        foreach (string name in s_partitions)
        {
            Sign(name, "@other.pem");
        }

        string[] chains = [.. s_partitions.SelectMany(static (name, i) => new[] { "--chain_partition", $"{name}:{i + 1}:@other.pem" })];
        _folder.Run(0, ["make-vbmeta", "--output", "@vbmeta.img", "--key", "@key.pem", "--algorithm", "SHA256_RSA2048", .. chains]);
    }

    private void Sign(string name, string key) => _folder.Run(
        0,
        [
            name == "super" ? "add-hashtree-footer" : "add-hash-footer", "--image", $"@{name}.img", "--partition_name", name, "--dynamic_partition_size",
            "--key", key, "--algorithm", "SHA256_RSA2048",
        ]);

    /// <summary>A program of the tests: a file as real ones are, of many pages that differ.</summary>
    private byte[] CopyProgram(string name)
    {
        byte[] program = File.ReadAllBytes(typeof(BootLoader.Initrd).Assembly.Location);
        File.WriteAllBytes(_folder.At($"{name}.img"), program);
        return program;
    }

    private JsonElement Verify(int status) => _folder.Json(status, "verify", "--image", "@vbmeta.img", "--key", "@key.pem");

    private void Flip(string name, long at)
    {
        using FileStream image = File.Open(_folder.At($"{name}.img"), FileMode.Open);
        image.Position = at;
        int value = image.ReadByte();
        image.Position = at;
        image.WriteByte((byte)(value ^ 0x10));
    }

    private static IEnumerable<string?> Names(JsonElement report, string property) => report.GetProperty(property).EnumerateArray().Select(static item => item.GetString());
}
