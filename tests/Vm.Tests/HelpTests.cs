using Vmm.Tests;

namespace Vm.Tests;

/// <summary>The help of each command, as a person has approved it.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("run-app")]
    [InlineData("run-microdroid")]
    [InlineData("run")]
    [InlineData("list")]
    [InlineData("info")]
    [InlineData("console")]
    [InlineData("stop")]
    [InlineData("create-partition")]
    [InlineData("create-idsig")]
    [InlineData("check-feature-enabled")]
    public async Task The_help_is_the_approved_text(string command)
    {
        using VmUnderTest vm = new();

        Assert.Equal(0, await vm.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]));
        GoldenText.Check(command.Length == 0 ? "help.txt" : $"help-{command}.txt", vm.Output);
    }
}
