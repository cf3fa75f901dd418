using System.Diagnostics;

namespace Vmm.Tests;

public sealed class ProgramTests
{
    [Fact]
    public void A_wrong_command_line_is_one_line_on_standard_error_and_status_35()
    {
        var (status, output, error) = VmmProcess.Run("run", "--gpu", "Image");
        Assert.Equal(35, status);
        Assert.Equal("", output);
        Assert.Equal("vmm: --gpu is an option of crosvm that vmm does not have yet\n", error);
    }

    [Fact]
    public void Control_characters_of_the_command_line_do_not_reach_the_terminal()
    {
        var (status, _, error) = VmmProcess.Run("run", "--serial", "a\nb\u001b(31m=1", "Image");
        Assert.Equal(35, status);
        Assert.Contains(@"a\x0ab\x1b", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(static c => c == '\n'));
    }

    [Fact]
    public void A_warning_is_given_before_the_vm_starts_and_can_be_turned_off()
    {
        const string Warning = "vmm: warning: --suspended without --socket: nothing can resume this VM\n";
        Assert.StartsWith(Warning, VmmProcess.Run("run", "--suspended", "/nonexistent/Image").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", VmmProcess.Run("--log-level", "error", "run", "--suspended", "/nonexistent/Image").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KERNEL: cannot open /nonexistent/Image: No such file or directory", "run", "/nonexistent/Image")]
    [InlineData("KERNEL: /proc is a directory, not a file", "run", "/proc")]
    [InlineData("KERNEL: cannot open /dev/null/Image: Not a directory", "run", "/dev/null/Image")]
    [InlineData("KERNEL: /dev/null is empty", "run", "/dev/null")]
    [InlineData("--socket: cannot listen on /nonexistent/vm.sock: No such file or directory", "run", "--socket", "/nonexistent/vm.sock", "Image")]
    [InlineData("KERNEL: cannot open /nonexistent/Image: No such file or directory", "explain", "/nonexistent/Image")]
    [InlineData("no VM at /nonexistent/vm.sock: there is no such socket", "stop", "/nonexistent/vm.sock")]
    public void What_cannot_be_opened_is_one_line_and_status_1(string expected, params string[] args)
    {
        var (status, output, error) = VmmProcess.Run(args);
        Assert.Equal(1, status);
        Assert.Equal("", output);
        Assert.StartsWith($"vmm: {expected}", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(static c => c == '\n'));
    }

    [Theory]
    [InlineData("run --help | true", "0\n")]
    [InlineData("run --help >/dev/full 2>&1", "1\n")]
    public void A_reader_that_leaves_is_no_failure_but_a_full_disk_is(string command, string expected)
    {
        string[] script = ["-c", $"dotnet '{VmmProcess.Path}' {command}; echo \"${{PIPESTATUS[0]}}\""];
        using var bash = Process.Start(new ProcessStartInfo("bash", script) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void Help_goes_to_standard_output()
    {
        var (status, output, error) = VmmProcess.Run("--help");
        Assert.Equal(0, status);
        Assert.StartsWith("vmm: ", output, StringComparison.Ordinal);
        Assert.Equal("", error);
    }
}
