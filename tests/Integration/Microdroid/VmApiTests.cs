using System.Text.RegularExpressions;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>A program that uses the VM API (tests/VmClient), and what <c>vm</c> says of its VM meanwhile.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class VmApiTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task A_program_makes_cancels_runs_exports_imports_and_deletes_a_vm_and_vm_list_sees_the_same()
    {
        await using HostProcess program = Work.Start($"{VmCommand.Setup} exec ./VmClient life $W payloads/c-payload.apk");
        int at = await program.Expect("look: ", timeout: TimeSpan.FromMinutes(3));
        await program.Expect("\n", at);
        Match look = Regex.Match(program.Output, "look: cid ([0-9]+), directory ([^,]+), uid ([0-9]+), pid ([0-9]+), (.*)\n");
        Assert.Equal("Ready, Running", look.Groups[5].Value);

        string list = (await Work.RunVm("vm list")).ShouldExitWith(0).Output;
        string expected =
            $$"""
            Running VMs: [
                VirtualMachineDebugInfo {
                    cid: {{look.Groups[1].Value}},
                    temporaryDirectory: "{{look.Groups[2].Value}}",
                    requesterUid: {{look.Groups[3].Value}},
                    requesterPid: {{look.Groups[4].Value}},
                    hostConsoleName: None,
                },
            ]

            """;
        Assert.Equal(expected, list);
        // The instance is in use: a second program cannot run, export or delete it.
        CommandResult second = await Work.RunVm("./VmClient life $W payloads/c-payload.apk");
        second.ShouldExitWith(1);
        Assert.Contains("there is a VM 'one' already", second.Output, StringComparison.Ordinal);

        await program.Write("\n");
        CommandResult ended = (await program.End(TimeSpan.FromMinutes(3))).ShouldExitWith(0);

        List<string> lines = [.. ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        string all = ended.Output;
        void Said(string pattern) => Assert.True(lines.Exists(line => Regex.IsMatch(line, $"^(?:{pattern})$")), $"'{pattern}' is not said\n{all}\n{ended.Error}");
        Said("capabilities NonProtectedVm");
        Said("systems microdroid");
        Said("create again: there is a VM 'one' already, in .*");
        Said("cancelled: Stopped, 0 running");
        Said("run again: the VM 'one' runs");
        Said("export: the VM 'one' runs");
        Said("configure: the VM 'one' runs");
        Said("delete: .*the VM 'one' runs");
        Said("closed port: .*port 9 is out of range.*");
        Said("stopped: Killed, Dead, Stopped");
        Said("log captured");
        Said("exported: Deleted, gone");
        Said("import again: .*the descriptor has been used up");
        Said("second run, 272 MiB");
        Said("kept 'as it was', boot 2, the same secret");
        Said("then Shutdown, Dead");
        Said("deleted: Deleted, 0 left");
        // The words and numbers of vm run-app, in its order.
        string[] events = [.. lines.Where(static line => line.StartsWith("payload ", StringComparison.Ordinal) || line.StartsWith("VM ended", StringComparison.Ordinal))];
        Assert.Equal(
            ["payload started", "payload is ready", "VM ended: Killed", "payload started", "payload is ready", "payload finished with exit code 7", "VM ended: Shutdown"], events);
        Assert.Equal("Running VMs: []\n", (await Work.RunVm("vm list")).Output);
    }
}
