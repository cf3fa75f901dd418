using BootLoader.AndroidBoot;

namespace Vmm.Tests.CommandLine.Image;

public sealed class MakeBootCommandTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Both_images_are_made_and_taken_apart_again(int version)
    {
        byte[] kernel = _folder.Write("kernel", 9000), ramdisk = _folder.Write("ramdisk", 100), vendor = _folder.Write("vendor", 200), dtb = _folder.Write("dtb", 50);
        File.WriteAllText(_folder.At("bootconfig"), "androidboot.hardware = microdroid\n");
        string[] bootconfig = version == 4 ? ["--vendor_bootconfig", "@bootconfig"] : [];
        _folder.Run(
            0,
            [
                "mkbootimg", "--header_version", $"{version}", "-o", "@boot.img", "--kernel", "@kernel", "--ramdisk", "@ramdisk", "--cmdline", "quiet",
                "--os_version", "13.0.0", "--os_patch_level", "2022-08",
                "--vendor_boot", "@vendor_boot.img", "--vendor_ramdisk", "@vendor", "--vendor_cmdline", "panic=-1", "--dtb", "@dtb", "--board", "microdroid", .. bootconfig,
            ]);
        BootImage boot = BootImage.Read(File.ReadAllBytes(_folder.At("boot.img")));
        Assert.Equal(version, boot.Version);
        Assert.Equal(kernel, boot.Kernel.ToArray());
        Assert.Equal(ramdisk, boot.Ramdisk.ToArray());
        Assert.Equal("quiet"u8.ToArray(), boot.Cmdline.ToArray());
        Assert.Equal("13.0.0, patch level 2022-08", $"{boot.OsVersion}");
        VendorBootImage made = VendorBootImage.Read(File.ReadAllBytes(_folder.At("vendor_boot.img")));
        Assert.Equal(vendor, Assert.Single(made.Ramdisks).Content.ToArray());
        Assert.Equal(dtb, made.DeviceTree.ToArray());
        Assert.Equal("microdroid"u8.ToArray(), made.Name.ToArray());
        Assert.Equal("panic=-1"u8.ToArray(), made.Cmdline.ToArray());
        Assert.Equal(version == 4 ? "androidboot.hardware = microdroid\n"u8.ToArray() : [], made.Bootconfig.ToArray());
    }

    [Fact]
    public void An_image_without_kernel_is_init_boot()
    {
        _folder.Write("ramdisk", 100);
        _folder.Run(0, "make-boot", "--output", "@init_boot.img", "--ramdisk", "@ramdisk");
        Assert.Equal("init_boot", _folder.Json(0, "info", "--image", "@init_boot.img").GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("--output or --vendor_boot is needed, or both")]
    [InlineData("--kernel needs --output", "--vendor_boot", "@v.img", "--kernel", "@kernel")]
    [InlineData("--dtb needs --vendor_boot", "--output", "@b.img", "--dtb", "@kernel")]
    [InlineData("--header_version: '5' is not a number from 0 to 4", "--output", "@b.img", "--header_version", "5")]
    [InlineData("make-boot: an Android boot image of version 2 cannot be made", "--output", "@b.img", "--header_version", "2")]
    [InlineData("--os_version and --os_patch_level: '13' and '' are not A.B.C and YYYY-MM", "--output", "@b.img", "--os_version", "13")]
    [InlineData("make-boot: the version 13.0.200 of 2022-08 is out of range", "--output", "@b.img", "--os_version", "13.0.200", "--os_patch_level", "2022-08")]
    [InlineData("--kernel: cannot open @none: No such file or directory", "--output", "@b.img", "--kernel", "@none")]
    [InlineData("make-boot: a vendor boot image of version 3 with 0 ramdisks and 5 bytes of bootconfig cannot be made", "--output", "@b.img", "--vendor_boot", "@v.img", "--header_version", "3", "--vendor_bootconfig", "@kernel")]
    public void What_makes_no_sense_is_refused_and_nothing_is_written(string message, params string[] args)
    {
        _folder.Write("kernel", 5);
        Assert.Equal(message.Replace("@", "/", StringComparison.Ordinal), _folder.Failure(["make-boot", .. args]));
        Assert.Equal(["kernel"], _folder.Files());
    }

    public void Dispose() => _folder.Dispose();
}
