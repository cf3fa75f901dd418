using Vmm.CommandLine;

namespace Vmm.Tests.CommandLine;

public sealed class HelpTests
{
    [Theory]
    [InlineData("help.txt", "--help")]
    [InlineData("help-run.txt", "run", "--help")]
    [InlineData("help-explain.txt", "explain", "--help")]
    [InlineData("help-check.txt", "check", "--help")]
    [InlineData("help-stop.txt", "stop", "--help")]
    [InlineData("help-version.txt", "version", "--help")]
    [InlineData("help-create_composite.txt", "create_composite", "--help")]
    [InlineData("help-create_qcow2.txt", "create_qcow2", "--help")]
    [InlineData("help-image.txt", "image", "--help")]
    [InlineData("help-image-info.txt", "image", "info", "--help")]
    [InlineData("help-image-verify.txt", "image", "verify", "--help")]
    [InlineData("help-image-add-hash-footer.txt", "image", "add-hash-footer", "--help")]
    [InlineData("help-image-add-hashtree-footer.txt", "image", "add-hashtree-footer", "--help")]
    [InlineData("help-image-make-vbmeta.txt", "image", "make-vbmeta", "--help")]
    [InlineData("help-image-extract-public-key.txt", "image", "extract-public-key", "--help")]
    [InlineData("help-image-make-super.txt", "image", "make-super", "--help")]
    [InlineData("help-image-make-boot.txt", "image", "make-boot", "--help")]
    [InlineData("help-image-unpack-boot.txt", "image", "unpack-boot", "--help")]
    [InlineData("help-image-pack-pvmfw.txt", "image", "pack-pvmfw", "--help")]
    [InlineData("help-image-create-instance.txt", "image", "create-instance", "--help")]
    [InlineData("help-image-dice-show.txt", "image", "dice", "show", "--help")]
    [InlineData("help-image-add-bootconfig.txt", "image", "add-bootconfig", "--help")]
    public void The_help_is_the_approved_text(string golden, params string[] args) => GoldenText.Check(golden, Help(args));

    [Fact]
    public void Help_fits_a_terminal_of_100_columns()
    {
        foreach (var line in Help("--help").Split('\n').Concat(Help("run", "--help").Split('\n')))
        {
            Assert.True(line.Length <= 100, $"{line.Length} columns: {line}");
        }
    }

    [Fact]
    public void Help_is_given_whatever_else_is_wrong() => Assert.Equal(Help("run", "--help"), Help("run", "--gpu", "--mem", "x", "-h"));

    [Fact]
    public void Help_of_run_shows_every_option_with_a_meaning()
    {
        var help = Help("run", "--help");
        foreach (var option in new RunOptions().Groups.SelectMany(static group => group.Options))
        {
            Assert.Contains(option.Name, help, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("version")]
    public void The_version_is_printed(string arg) => Assert.Matches(@"^\d+\.\d+\.\d+", Help(arg));

    private static string Help(params string[] args)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke(args));
        return cli.Output.ToString();
    }
}
