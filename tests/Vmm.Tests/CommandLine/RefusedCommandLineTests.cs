using Vmm.CommandLine;

namespace Vmm.Tests.CommandLine;

public sealed class RefusedCommandLineTests
{
    public static TheoryData<string> OptionsOfCrosvm => [.. CrosvmOptions.NotYet];

    public static TheoryData<string> CommandsOfCrosvm => [.. CrosvmCommands.NotYet];

    [Theory]
    [MemberData(nameof(OptionsOfCrosvm))]
    public void An_option_of_crosvm_is_refused_by_name_however_it_is_written(string option)
    {
        var expected = $"{option} is an option of crosvm that vmm does not have yet";
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal(option, "Image"));
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal("Image", option));
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal(option, "some,value=[1]", "Image"));
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal($"{option}=some,value=[1]", "Image"));
    }

    [Theory]
    [MemberData(nameof(CommandsOfCrosvm))]
    public void A_command_of_crosvm_is_refused_by_name(string command) =>
        Assert.Equal($"{command} is a command of crosvm that vmm does not have yet", CommandLineUnderTest.Refusal(command, "1", "/run/vm.sock"));

    [Fact]
    public void No_option_is_both_known_and_refused()
    {
        var options = new RunOptions().Groups.Append(new GlobalOptions().Group).SelectMany(static group => group.Options);
        var known = options.SelectMany(static option => option.Aliases.Append(option.Name));
        Assert.Empty(known.Intersect(CrosvmOptions.NotYet));
        Assert.Equal(CrosvmOptions.NotYet.Count, CrosvmOptions.NotYet.Distinct().Count());
    }

    [Fact]
    public void Several_options_of_crosvm_are_refused_together() =>
        Assert.Equal(
            "--gdb, --bios and --gpu are options of crosvm that vmm does not have yet",
            CommandLineUnderTest.RunRefusal("--gdb", "5", "--bios", "x", "--gpu=backend=2d", "--gpu", "x", "Image"));

    [Theory]
    [InlineData("unknown option '--memm'; did you mean '--mem'?", "--memm", "512", "Image")]
    [InlineData("unknown option '--inird'; did you mean '--initrd'?", "--inird=x", "Image")]
    [InlineData("unknown option '--log-lvel'; did you mean '--log-level'?", "--log-lvel", "info", "Image")]
    [InlineData("unknown option '--qqqqqqqq'", "--qqqqqqqq", "Image")]
    [InlineData("unknown option '-c4'; did you mean '-c'?", "-c4", "Image")]
    [InlineData("no kernel given: vmm run [options] KERNEL")]
    [InlineData("KERNEL: the path is empty", "")]
    [InlineData("two kernels given, 'a' and 'b'; one can be booted", "a", "b")]
    [InlineData("--mem needs a value: [size=]MIB", "Image", "--mem")]
    [InlineData("--initrd needs a value: PATH", "--initrd", "--no-rtc", "Image")]
    [InlineData("--mem is given 2 times; it takes one value", "--mem", "1", "-m", "2", "Image")]
    [InlineData("--initrd: the path is empty", "--initrd", "", "Image")]
    [InlineData("--mem: character 1: size is a number (decimal or 0x hexadecimal), not '2G'", "--mem", "2G", "Image")]
    [InlineData("--swiotlb: '-1' is not a number (decimal or 0x hexadecimal)", "--swiotlb", "-1", "Image")]
    [InlineData("--cpus: clusters is a key of crosvm that vmm does not have yet", "--cpus", "4,clusters=[[0],[1]]", "Image")]
    [InlineData("--fdt-position: 'middle' is none of start, end, after-payload", "--fdt-position", "middle", "Image")]
    [InlineData("--irqchip: 'split' is not there on arm64; vmm has kernel and kernel[allow-vgic-its]", "--irqchip", "split", "Image")]
    [InlineData("--compat-date: 'soon' is not a date of the form YYYY-MM-DD", "--compat-date", "soon", "Image")]
    [InlineData("--compat-date: '2025-02-30' is not a date of the form YYYY-MM-DD", "--compat-date", "2025-02-30", "Image")]
    [InlineData("--serial: hardware=debugcon is a value of crosvm that vmm does not have yet", "--serial", "hardware=debugcon", "Image")]
    [InlineData("--serial: type=syslog is a value of crosvm that vmm does not have yet", "--serial", "type=syslog", "Image")]
    [InlineData("--serial: port 1 has both stdin and input=; it can read from one", "--serial", "type=stdout,stdin,input=x", "Image")]
    [InlineData("--pci: cam needs both start and size", "--pci", "cam=[start=0]", "Image")]
    [InlineData("--device-tree-overlay: the path is missing", "--device-tree-overlay", "filter=true", "Image")]
    [InlineData("--log-level: 'loud' is none of off, error, warn, info, debug, trace", "--log-level", "loud", "Image")]
    public void A_wrong_run_is_refused_in_one_line(string expected, params string[] args) => Assert.Equal(expected, CommandLineUnderTest.RunRefusal(args));

    [Theory]
    [InlineData("no command given; vmm --help lists them")]
    [InlineData("unknown command 'rnu'; did you mean 'run'?", "rnu", "Image")]
    [InlineData("unknown command 'frobnicate'; vmm --help lists them", "frobnicate", "x")]
    [InlineData("unknown option '--verbose'", "--verbose")]
    [InlineData("--syslog-tag is an option of crosvm that vmm does not have yet", "--syslog-tag", "x", "run", "Image")]
    [InlineData("--full is an option of crosvm that vmm does not have yet", "suspend", "--full", "/run/vm.sock")]
    [InlineData("'b' is one argument too many for vmm stop", "stop", "a", "b")]
    [InlineData("no completion for the shell 'ksh'; there is one for bash, zsh, fish", "completion", "ksh")]
    [InlineData("--trace is an option of vmm run: it comes behind that", "--trace", "run", "Image")]
    public void A_wrong_command_is_refused_in_one_line(string expected, params string[] args) => Assert.Equal(expected, CommandLineUnderTest.Refusal(args));

    [Theory]
    [InlineData("stop")]
    [InlineData("suspend")]
    [InlineData("resume")]
    [InlineData("status")]
    public void A_command_without_its_socket_says_so(string command) =>
        Assert.Contains("SOCKET", CommandLineUnderTest.Refusal(command), StringComparison.Ordinal);
}
