using Integration.Hosts;

namespace Integration.Interop;

/// <summary>Runs HostProbe, which prints a line for each check: ok, skip or FAIL.</summary>
internal static class ProbeChecks
{
    /// <summary>Fails the test unless all checks were carried out and none failed.</summary>
    public static async Task Run(Workspace work, string arguments)
    {
        CommandResult probe = await work.Run($"./HostProbe {arguments}", timeout: TimeSpan.FromMinutes(5));
        probe.ShouldExitWith(0);
        string[] lines = probe.Output.Trim().Split('\n');
        Assert.Contains(lines, line => line.StartsWith("ok ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches("^(ok|skip) ", line));
        Assert.Equal("", probe.Error);
    }
}
