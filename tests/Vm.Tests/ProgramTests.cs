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

    /// <summary>The service starts while the command line is read.</summary>
    [Fact]
    public async Task A_command_that_is_refused_neither_waits_for_the_service_nor_leaves_it()
    {
        string home = Directory.CreateTempSubdirectory("vm-home-").FullName, pid = Path.Combine(home, "pid");
        await File.WriteAllTextAsync(Path.Combine(home, "virtmgr"), $"#!/bin/sh\nexec 2>&-\necho $$ >{pid}.part && mv {pid}.part {pid}\nexec sleep 60\n");
        File.SetUnixFileMode(Path.Combine(home, "virtmgr"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "vm"), ["run", "/nonexistent.json"]) { RedirectStandardError = true };
        start.Environment["VMM_HOME"] = home;
        using Process vm = Process.Start(start)!;

        await vm.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(35, vm.ExitCode);
        Assert.Equal("vm: cannot read the VM's configuration: Could not find file '/nonexistent.json'.", (await vm.StandardError.ReadToEndAsync()).TrimEnd());
        // The command may have been quicker than the service's start.
        if (File.Exists(pid))
        {
            Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(pid)).Trim()}"), "the service lives on");
        }

        Directory.Delete(home, recursive: true);
    }
}
