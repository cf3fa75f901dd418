using System.Diagnostics;

namespace Vm.Tests;

/// <summary>The program itself, as it is built.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("run", "/nonexistent.json", 35, "vm: cannot read the VM's configuration: Could not find file '/nonexistent.json'.")]
    [InlineData("run", "/dev", 35, "vm: cannot read the VM's configuration: Access to the path '/dev' is denied.")]
    public async Task A_file_that_cannot_be_read_is_told_in_words_not_in_resource_names(string command, string file, int status, string expected)
    {
        using Process vm = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "vm"), [command, file]) { RedirectStandardError = true })!;

        Assert.Equal(expected, (await vm.StandardError.ReadToEndAsync()).TrimEnd());
        await vm.WaitForExitAsync();
        Assert.Equal(status, vm.ExitCode);
    }
}
