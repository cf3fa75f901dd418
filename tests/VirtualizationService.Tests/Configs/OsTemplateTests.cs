using Virtualization.Aidl;
using VirtualizationService.Configs;

namespace VirtualizationService.Tests.Configs;

public sealed class OsTemplateTests : IDisposable
{
    private const string Good =
        """
        {
            "kernel": "fs/microdroid_kernel",
            "disks": [
                {
                    "partitions": [
                        { "label": "vbmeta_a", "path": "fs/microdroid_vbmeta.img" },
                        { "label": "super", "path": "fs/microdroid_super.img" }
                    ],
                    "writable": false
                }
            ],
            "memory_mib": 256,
            "console_input_device": "hvc0",
            "platform_version": "~1.0"
        }
        """;

    private readonly TemporaryDirectory _etc = new();

    public OsTemplateTests()
    {
        _etc.Write("microdroid.json", Good);
        foreach (string file in (string[])["kernel", "initrd_normal.img", "initrd_debuggable.img", "vbmeta.img", "super.img"])
        {
            _etc.Write($"fs/microdroid_{file}", file);
        }
    }

    public void Dispose() => _etc.Dispose();

    [Theory]
    [InlineData(true, "microdroid_initrd_debuggable.img")]
    [InlineData(false, "microdroid_initrd_normal.img")]
    public void A_template_opens_the_files_beside_it_and_the_initrd_of_the_debug_level(bool debuggable, string initrd)
    {
        using VirtualMachineRawConfig config = OsTemplate.Open(_etc.Path, "microdroid", debuggable);

        Assert.Equal(_etc["fs/microdroid_kernel"], config.Kernel!.Name);
        Assert.Equal(_etc[$"fs/{initrd}"], config.Initrd!.Name);
        Assert.Equal(["vbmeta_a", "super"], Assert.Single(config.Disks).Partitions.Select(static partition => partition.Label));
        Assert.All(config.Disks[0].Partitions, static partition => Assert.False(partition.Writable));
        Assert.Equal(256, config.MemoryMib);
        Assert.Equal("hvc0", config.ConsoleInputDevice);
        Assert.Equal("~1.0", config.PlatformVersion);
    }

    [Fact]
    public void The_systems_that_are_there_are_listed_by_name()
    {
        _etc.Write("another-os.json", Good);
        _etc.Write("not a name.json", Good);
        _etc.Write("notes.txt", "");

        Assert.Equal(["another-os", "microdroid"], OsTemplate.List(_etc.Path));
        Assert.Empty(OsTemplate.List(_etc["nowhere"]));
    }

    [Theory]
    [InlineData("android")]
    [InlineData("")]
    [InlineData("../microdroid")]
    [InlineData("fs/../microdroid")]
    public void A_system_that_is_not_there_is_refused_with_those_that_are(string name)
    {
        RefusedException refusal = Assert.Throws<RefusedException>(() => OsTemplate.Open(_etc.Path, name, true));

        Assert.Equal($"there is no operating system '{name}' in {_etc.Path}; there is microdroid", refusal.Message);
    }

    [Theory]
    [InlineData("{\n  \"kernal\": \"x\" }", "bad.json:2:3: unknown member 'kernal'")]
    [InlineData("{ \"kernel\": \"x\" ", "bad.json:1:")]
    [InlineData("", "bad.json:1:1: ")]
    [InlineData("{ \"platform_version\": \"1\" }", "bad.json: a kernel or a bootloader is needed")]
    public void A_template_that_is_not_good_is_refused_with_its_place(string json, string message)
    {
        _etc.Write("bad.json", json);

        RefusedException refusal = Assert.Throws<RefusedException>(() => OsTemplate.Open(_etc.Path, "bad", true));

        Assert.StartsWith("the operating system 'bad': ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        File.Delete(_etc["fs/microdroid_super.img"]);

        RefusedException refusal = Assert.Throws<RefusedException>(() => OsTemplate.Open(_etc.Path, "microdroid", true));

        Assert.Contains(_etc["fs/microdroid_super.img"], refusal.Message, StringComparison.Ordinal);
    }
}
