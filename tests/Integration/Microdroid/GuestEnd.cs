using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>How a guest ended.</summary>
/// <param name="Vm">The command, output and error in one.</param>
/// <param name="Guest">The guest's log and console.</param>
internal sealed record GuestEnd(CommandResult Vm, string Guest)
{
    /// <summary>What <c>vm</c> told, line by line, without what its service and the VMM log.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Vm.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith("virtmgr: ", StringComparison.Ordinal) && !line.StartsWith("vmm: ", StringComparison.Ordinal))];

    /// <summary>Fails the test unless the VM ended so.</summary>
    /// <param name="reason">The death reason.</param>
    /// <param name="status">The exit status of <c>vm</c>.</param>
    public GuestEnd ShouldEndWith(string reason, int status)
    {
        Assert.True(Vm.ExitCode == status && Lines.Count > 0 && Lines[^1] == $"VM ended: {reason}", $"expected {reason} and exit status {status}\n{this}");
        return this;
    }

    /// <summary>Fails the test unless the guest gave up with this error before anything of its payload ran.</summary>
    /// <param name="code">The error's code; null for a guest that could not say one.</param>
    /// <param name="reason">The death reason.</param>
    /// <param name="says">What its message says.</param>
    public void ShouldRefuse(string? code, string reason, string says)
    {
        ShouldEndWith(reason, 1);
        string error = Lines.FirstOrDefault(static line => line.StartsWith("VM encountered an error: ", StringComparison.Ordinal)) ?? "";
        Assert.True(code is null ? error.Length == 0 : error.StartsWith($"VM encountered an error: code={code}, message=", StringComparison.Ordinal), $"{this}");
        Assert.True($"{Vm.Text}\n{Guest}".Contains(says, StringComparison.Ordinal), $"'{says}' is not said\n{this}");
        Assert.True(!Lines.Contains("payload started") && !Guest.Contains("payload: ", StringComparison.Ordinal), $"the payload ran\n{this}");
    }

    /// <summary>What the payload printed, without the log's mark.</summary>
    public IReadOnlyList<string> PayloadLines =>
        [.. Guest.Split('\n').Where(static line => line.StartsWith("payload: ", StringComparison.Ordinal)).Select(static line => line["payload: ".Length..])];

    /// <summary>What the payload printed between <c>== name</c> and the next such line.</summary>
    public IReadOnlyList<string> Section(string name)
    {
        List<string> section = [.. PayloadLines.SkipWhile(line => line != $"== {name}").Skip(1).TakeWhile(static line => !line.StartsWith("== ", StringComparison.Ordinal))];
        Assert.True(section.Count > 0, $"the payload has not printed '== {name}'\n{this}");
        return section;
    }

    /// <inheritdoc/>
    public override string ToString() => $"$ {Vm.Command}\nexit status {Vm.ExitCode}\n{Vm.Text}\n--- guest\n{Guest}";
}
