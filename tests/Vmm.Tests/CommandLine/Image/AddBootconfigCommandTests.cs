using BootLoader.AndroidBoot;

namespace Vmm.Tests.CommandLine.Image;

public sealed class AddBootconfigCommandTests : IDisposable
{
    private readonly ImageFolder _folder = new();

    [Fact]
    public void A_bootconfig_is_put_behind_an_initrd_which_stays_as_it_was()
    {
        byte[] initrd = _folder.Write("initrd.img", 3001);
        File.WriteAllText(_folder.At("bootconfig"), "androidboot.microdroid.debuggable=1\n");
        Assert.Equal("", _folder.Run(0, "add-bootconfig", "--initrd", "@initrd.img", "--bootconfig", "@bootconfig", "--output", "@debug.img"));
        Assert.Equal(initrd, File.ReadAllBytes(_folder.At("initrd.img")));
        Assert.Equal(["androidboot.microdroid.debuggable=1"], BootconfigOf("debug.img", initrd));
        File.WriteAllText(_folder.At("bootconfig"), "androidboot.adb.enabled=0\n");
        _folder.Run(0, "add_bootconfig", "--initrd", "@debug.img", "--bootconfig", "@bootconfig", "--output", "@debug.img");
        Assert.Equal(["androidboot.microdroid.debuggable=1", "androidboot.adb.enabled=0"], BootconfigOf("debug.img", initrd));
        Assert.Equal(["bootconfig", "debug.img", "initrd.img"], _folder.Files());
    }

    [Theory]
    [InlineData("--bootconfig: cannot open /none: No such file or directory", "--bootconfig", "@none")]
    [InlineData("--initrd: cannot open /none: No such file or directory", "--initrd", "@none")]
    [InlineData("--output: cannot write /none/out: No such file or directory", "--output", "@none/out")]
    [InlineData("add-bootconfig: /initrd.img: the bootconfig would have 32772 bytes; 32767 are possible", "--bootconfig", "@long")]
    [InlineData("add-bootconfig: /initrd.img: a bootconfig cannot have a NUL", "--bootconfig", "@nul")]
    [InlineData("add-bootconfig: /broken: the initrd has a bootconfig whose checksum is wrong", "--initrd", "@broken")]
    public void What_makes_no_bootconfig_is_refused_and_nothing_is_written(string message, string option, string value)
    {
        _folder.Write("initrd.img", 4096);
        File.WriteAllText(_folder.At("bootconfig"), "a=1\n");
        File.WriteAllText(_folder.At("long"), new string('a', 32768));
        File.WriteAllText(_folder.At("nul"), "a=\0");
        byte[] broken = Bootconfig.Append([1, 2, 3], "a=1\n"u8);
        broken[3] ^= 1;
        File.WriteAllBytes(_folder.At("broken"), broken);
        var options = new Dictionary<string, string> { ["--initrd"] = "@initrd.img", ["--bootconfig"] = "@bootconfig", ["--output"] = "@out", [option] = value };
        Assert.Equal(message, _folder.Failure(["add-bootconfig", .. options.SelectMany(static pair => new[] { pair.Key, pair.Value })]));
        Assert.False(File.Exists(_folder.At("out")));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The lines behind an image, which must begin with the given bytes.</summary>
    private string[] BootconfigOf(string name, byte[] initrd)
    {
        Assert.Equal(BootconfigResult.Ok, Bootconfig.Read(File.ReadAllBytes(_folder.At(name)), out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> text));
        Assert.Equal(initrd, plain.ToArray());
        return System.Text.Encoding.UTF8.GetString(text).TrimEnd('\n').Split('\n');
    }
}
