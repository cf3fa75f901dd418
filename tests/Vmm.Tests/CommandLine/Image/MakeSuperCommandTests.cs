using System.Text.Json;
using BootLoader.Cryptography;
using BootLoader.Super;
using Vmm.CommandLine.Image;

namespace Vmm.Tests.CommandLine.Image;

public sealed class MakeSuperCommandTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [Fact]
    public void Images_become_logical_partitions_that_hold_them()
    {
        byte[] system = _folder.Write("system.img", 5000), vendor = _folder.Write("vendor.img", 3000);
        string[] make =
        [
            "make-super", "--output", "@super.img", "--device-size", "8388608", "--metadata-slots", "3", "--alignment", "4096", "--group", "guest_a:0x10000",
            "--partition", "system_a:readonly:auto:guest_a", "--partition", "system_b:none:0", "--partition", "vendor_a:none:8192:guest_a",
            "--image", "system_a=@system.img", "--image", "vendor_a=@vendor.img",
        ];
        Assert.Equal("", _folder.Run(0, make));
        byte[] image = File.ReadAllBytes(_folder.At("super.img"));
        Assert.Equal(8 << 20, image.Length);
        Assert.Equal([.. system, .. new byte[3192]], Content("system_a"));
        Assert.Equal([.. vendor, .. new byte[5192]], Content("vendor_a"));
        Assert.Empty(Content("system_b"));
        _folder.Run(0, [.. make, "--super-name", "super"]);
        Assert.Equal(image, File.ReadAllBytes(_folder.At("super.img")));
        Assert.Equal(["super.img", "system.img", "vendor.img"], _folder.Files());
    }

    [Fact]
    public void Info_lists_the_logical_partitions_and_what_is_wrong_with_them()
    {
        _folder.Write("system.img", 5000);
        _folder.Run(0, "lpmake", "--output", "@super.img", "--partition", "system_a:readonly:auto", "--partition", "vendor_a:none:0", "--image", "system_a=@system.img");
        JsonElement info = _folder.Json(0, "info", "--image", "@super.img");
        Assert.Equal("super", info.GetProperty("kind").GetString());
        Assert.Equal(
            ["version=10.0", "device=super, 2097152 bytes", "partition=system_a (Readonly), group default: sectors 2048 to 2063", "partition=vendor_a (None), group default: empty"],
            info.GetProperty("parts").EnumerateArray().Select(static part => $"{part.GetProperty("name").GetString()}={part.GetProperty("value").GetString()}"));
        byte[] image = File.ReadAllBytes(_folder.At("super.img"));
        foreach (int copy in new[] { 0, 1, 2, 3 })
        {
            image[12288 + (copy * 65536) + 200] ^= 1;
        }

        File.WriteAllBytes(_folder.At("super.img"), image);
        Assert.Contains("broken: logical partitions: the checksum of the tables does not match", _folder.Run(0, "info", "--image", "@super.img"), StringComparison.Ordinal);
        File.WriteAllBytes(_folder.At("super.img"), image[..5000]);
        Assert.Contains("broken: logical partitions: the image ends before its metadata does", _folder.Run(0, "info", "--image", "@super.img"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--partition: 'system_a' is not NAME:ATTR:BYTES[:GROUP]", "--partition", "system_a")]
    [InlineData("--partition: 'rw' in 'system_a:rw:1' is neither none nor readonly", "--partition", "system_a:rw:1")]
    [InlineData("--partition: 'big' is not a number from 0 to 9223372036854775807", "--partition", "a:none:big")]
    [InlineData("--partition: 'a:none:auto' without an --image of that name needs its size", "--partition", "a:none:auto")]
    [InlineData("--partition: 'a:none:4096': its image has 5000 bytes", "--partition", "a:none:4096", "--image", "a=@system.img")]
    [InlineData("--image: '@system.img' is not NAME=PATH", "--image", "@system.img")]
    [InlineData("--image: 'a' is given twice", "--image", "a=@system.img", "--image", "a=@system.img")]
    [InlineData("--image: there is no --partition 'a'", "--image", "a=@system.img")]
    [InlineData("--image: cannot open @none: No such file or directory", "--image", "a=@none")]
    [InlineData("--group: 'guest' is not NAME:BYTES", "--group", "guest")]
    [InlineData("--device-size: '1M' is not a number from 0 to 9223372036854775807", "--device-size", "1M")]
    [InlineData("make-super: a disk of 4096 bytes: metadata and partitions need 1048576", "--device-size", "4096")]
    [InlineData("make-super: 27 slots: 1 to 26 are possible", "--metadata-slots", "27")]
    [InlineData("make-super: an alignment of 100 bytes: it must be whole sectors of 512", "--alignment", "100")]
    [InlineData("make-super: there are two partitions 'a'", "--partition", "a:none:0", "--partition", "a:none:0")]
    [InlineData("--output: cannot write @none/super.img: No such file or directory", "--output", "@none/super.img")]
    public void What_makes_no_sense_is_refused_and_nothing_is_written(string message, params string[] args)
    {
        _folder.Write("system.img", 5000);
        string[] output = args.Contains("--output") ? [] : ["--output", "@super.img"];
        Assert.Equal(message.Replace("@", "/", StringComparison.Ordinal), _folder.Failure(["make-super", .. output, .. args]));
        Assert.Equal(["system.img"], _folder.Files());
    }

    public void Dispose() => _folder.Dispose();

    private byte[] Content(string name)
    {
        using FileStream stream = File.OpenRead(_folder.At("super.img"));
        var store = new ImageStore(stream);
        Assert.Equal(LpFault.None, LpMetadataReader.Read<ImageStore, HostCryptography>(ref store, 2, new byte[LpFormat.UsualMemory], out LpMetadata metadata));
        Assert.Equal(LpFault.None, metadata.Find(System.Text.Encoding.ASCII.GetBytes(name), out LpPartition partition));
        byte[] content = new byte[partition.SectorCount * 512];
        if (partition.ExtentCount > 0)
        {
            Assert.True(store.Read(metadata.Extent(partition, 0).First, content));
        }

        return content;
    }
}
