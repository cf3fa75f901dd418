namespace Integration.Hosts;

/// <summary>A command that ended on the KVM host.</summary>
/// <param name="Command">What ran.</param>
/// <param name="ExitCode">Its exit status; 128 + n where signal n ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Output and error without carriage returns, as a person would have seen them.</summary>
    public string Text => (Output + Error).Replace("\r", "", StringComparison.Ordinal);

    /// <summary>Fails the test with everything there is to see unless the command ended with this status.</summary>
    public CommandResult ShouldExitWith(int code)
    {
        Assert.True(ExitCode == code, $"expected exit status {code}, got {ExitCode}\n$ {Command}\n{Output}\n--- stderr\n{Error}");
        return this;
    }
}
