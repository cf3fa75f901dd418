namespace Integration.Guests;

/// <summary>How a Linux guest ended.</summary>
/// <param name="VmmStatus">The exit status of <c>vmm --extended-status run</c>.</param>
/// <param name="CommandStatus">The exit status of the guest's command, by way of the second serial port; null where it did not come to that.</param>
/// <param name="Console">What the guest printed.</param>
/// <param name="Error">What vmm printed to standard error.</param>
internal sealed record LinuxRun(int VmmStatus, int? CommandStatus, string Console, string Error)
{
    /// <summary>What the command printed between <c>== name</c> and the next such line, without white space at the ends.</summary>
    public string Section(string name)
    {
        string text = "\n" + Console;
        string title = $"\n== {name}\n";
        int start = text.IndexOf(title, StringComparison.Ordinal);
        Assert.True(start >= 0, $"the guest has not printed '== {name}'\n{this}");
        start += title.Length;
        int end = text.IndexOf("\n== ", start - 1, StringComparison.Ordinal);
        return text[start..(end < 0 ? text.Length : Math.Max(end, start))].Trim();
    }

    /// <summary>Fails the test with everything there is to see unless the guest powered off after its command had ended with this status.</summary>
    public LinuxRun ShouldEndWith(int commandStatus)
    {
        Assert.True(VmmStatus == 0 && CommandStatus == commandStatus, $"expected vmm's status 0 and the command's {commandStatus}\n{this}");
        Assert.True(Error.Length == 0, $"expected nothing on standard error\n{this}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"vmm's status {VmmStatus}, the command's {CommandStatus}\n{Console}\n--- stderr\n{Error}";
}
