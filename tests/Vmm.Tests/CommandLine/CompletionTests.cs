using System.Diagnostics;

namespace Vmm.Tests.CommandLine;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("vmm ru", "run")]
    [InlineData("vmm run --initr", "--initrd")]
    [InlineData("vmm --log", "--log-level")]
    [InlineData("vmm completion z", "zsh")]
    public void The_suggest_directive_completes(string line, string expected)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke($"[suggest:{line.Length}]", line));
        Assert.Contains(expected, cli.Output.ToString().Split('\n'));
    }

    [Theory]
    [InlineData("vmm run --swio", "--swiotlb")]
    [InlineData("vmm susp", "suspend")]
    [InlineData("vmm run --hug", "--hugepages")]
    public void The_bash_script_completes_in_bash(string line, string expected) => Assert.Equal([expected], CompleteInBash(line));

    [Fact]
    public void The_bash_script_leaves_paths_to_the_shell() => Assert.Empty(CompleteInBash("vmm run Im"));

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void There_is_a_script_for_each_shell(string shell)
    {
        var cli = new CommandLineUnderTest();
        Assert.Equal(0, cli.Invoke("completion", shell));
        Assert.Contains("[suggest:", cli.Output.ToString(), StringComparison.Ordinal);
    }

    private static string[] CompleteInBash(string line)
    {
        // A "vmm" on the path that is this build; then what bash does when the user presses Tab at the end of the line.
        var script = $$"""
            vmm() { dotnet "{{VmmProcess.Path}}" "$@"; }
            eval "$(vmm completion bash)"
            COMP_LINE='{{line}}'; COMP_POINT={{line.Length}}
            read -ra COMP_WORDS <<<"$COMP_LINE"; COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _vmm
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var start = new ProcessStartInfo("bash", ["-eu", "-c", script]) { RedirectStandardOutput = true };
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
