using System.Text;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests;

public sealed class BootParametersTests
{
    private static readonly string s_good = TestGuest.NewBootconfig(new byte[1000]);

    [Fact]
    public void What_the_kernel_writes_is_read()
    {
        Assert.Equal(InitError.None, Parse(s_good, out BootParameters parameters).Error);
        Assert.True(parameters.IsDebuggable);
        Assert.Equal(1000, parameters.VbmetaSize);
        byte[] digest = new byte[32];
        parameters.VbmetaDigest.CopyTo(digest);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(new byte[1000]), digest);
    }

    [Fact]
    public void Other_parameters_are_left_alone_whatever_they_look_like() => Assert.Equal(
        InitError.None,
        Parse("a\n\n = \nandroidboot.vbmeta.sizes = \"1\"\nkey = \"x\", \"y\"\nandroidboot.vbmeta = \"\"\n" + s_good + "tail", out _).Error);

    [Fact]
    public void The_hosts_command_line_behind_it_says_nothing_even_with_line_ends()
    {
        string normal = TestGuest.NewBootconfig(new byte[1000], "0");
        const string Remark = "# Parameters from bootloader:\n# quiet";
        Assert.True(Parse($"{normal}{Remark}\nandroidboot.microdroid.debuggable = \"1\"\n", out BootParameters parameters).IsNone);
        Assert.False(parameters.IsDebuggable);
        string without = normal[(normal.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        Assert.True(Parse($"{without}{Remark}\nandroidboot.microdroid.debuggable = \"1\"\n", out parameters).IsNone);
        Assert.False(parameters.IsDebuggable);
        Assert.Equal(InitError.NoVbmetaDigest, Parse($"{Remark}\n{normal}", out _).Error);
    }

    [Theory]
    [InlineData("androidboot.vbmeta.size = \"255\"")]
    [InlineData("androidboot.vbmeta.size = \"65537\"")]
    [InlineData("androidboot.vbmeta.size = \"-1000\"")]
    [InlineData("androidboot.vbmeta.size = \"4294968296\"")]
    [InlineData("androidboot.vbmeta.size = \"0x400\"")]
    [InlineData("androidboot.vbmeta.size = \"\"")]
    [InlineData("androidboot.vbmeta.size = \"1000\", \"1000\"")]
    [InlineData("androidboot.vbmeta.size = 1000")]
    [InlineData("androidboot.vbmeta.size = \"")]
    [InlineData("androidboot.vbmeta.size = ")]
    [InlineData("androidboot.vbmeta.size")]
    [InlineData("androidboot.vbmeta.size = \"1000\" ")]
    [InlineData("androidboot.vbmeta.size =  \"1000\"")]
    public void A_size_that_is_none_is_refused(string line) => RefusesLine(line, "androidboot.vbmeta.size");

    [Theory]
    [InlineData("androidboot.vbmeta.hash_alg = \"sha512\"")]
    [InlineData("androidboot.vbmeta.hash_alg = \"SHA256\"")]
    [InlineData("androidboot.vbmeta.hash_alg = \"sha256 \"")]
    public void Another_hash_is_refused(string line) => RefusesLine(line, "androidboot.vbmeta.hash_alg");

    [Theory]
    [InlineData("androidboot.vbmeta.digest = \"541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a5\"")]
    [InlineData("androidboot.vbmeta.digest = \"541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a5g\"")]
    [InlineData("androidboot.vbmeta.digest = \"541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a5300\"")]
    public void A_digest_that_is_none_is_refused(string line) => RefusesLine(line, "androidboot.vbmeta.digest");

    [Theory]
    [InlineData("androidboot.microdroid.debuggable = \"2\"")]
    [InlineData("androidboot.microdroid.debuggable = \"true\"")]
    [InlineData("androidboot.microdroid.debuggable = \"\"")]
    public void Debuggable_is_0_or_1(string line) => RefusesLine(line, "androidboot.microdroid.debuggable");

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_parameter_that_is_there_twice_is_refused(int line)
    {
        string[] lines = s_good.Split('\n');
        Assert.Equal(InitError.BadBootconfig, Parse($"{s_good}{lines[line]}\n", out _).Error);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Without_all_of_size_hash_and_digest_there_is_nothing_to_verify_by(int line)
    {
        string[] lines = s_good.Split('\n');
        InitFault fault = Parse(string.Join('\n', lines.Where((_, index) => index != line)), out _);
        Assert.Equal((InitError.NoVbmetaDigest, 2L), (fault.Error, fault.Number));
    }

    [Fact]
    public void A_text_cut_anywhere_is_refused_or_says_the_same()
    {
        for (int length = 0; length < s_good.Length; length++)
        {
            bool isWhole = length >= s_good.Length - 1; // Only the last line's end may lack.
            Assert.Equal(isWhole, Parse(s_good[..length], out _).IsNone);
        }
    }

    [Fact]
    public void A_text_that_is_longer_than_any_of_ours_is_refused()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Files["/proc/bootconfig"] = [.. machine.Files["/proc/bootconfig"], .. Enumerable.Repeat((byte)'\n', 64 << 10)];
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.EndsWith("/proc/bootconfig is too long, more bytes than 65536\n", machine.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_changes_never_do_more_than_refuse()
    {
        var random = new Random(5);
        byte[] good = Encoding.ASCII.GetBytes(s_good);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] text = [.. good];
            for (int change = random.Next(4); change >= 0; change--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            if (BootParameters.Parse(text, out BootParameters parameters).IsNone)
            {
                Assert.InRange(parameters.VbmetaSize, 256, 65536);
            }
        }
    }

    private static InitFault Parse(string text, out BootParameters parameters) => BootParameters.Parse(Encoding.ASCII.GetBytes(text), out parameters);

    private static void RefusesLine(string line, string key)
    {
        string[] lines = s_good.Split('\n');
        int index = Array.FindIndex(lines, candidate => candidate.StartsWith($"{key} ", StringComparison.Ordinal));
        lines[index] = line;
        InitFault fault = Parse(string.Join('\n', lines), out _);
        Assert.Equal((InitError.BadBootconfig, index + 1L), (fault.Error, fault.Number));
    }
}
