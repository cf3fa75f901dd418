namespace Integration.Refusals;

/// <summary>A command that must be refused.</summary>
/// <param name="Command">A shell line; its status is vmm's.</param>
/// <param name="Status">The exit status: 35 for a wrong command line, 1 for everything that only the host can tell.</param>
/// <param name="Says">What the message must contain.</param>
internal sealed record BadInput(string Command, int Status, string Says)
{
    /// <summary>What has to be there first.</summary>
    public string Setup { get; init; } = ":";
}
