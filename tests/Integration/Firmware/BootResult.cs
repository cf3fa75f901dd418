using System.Text.RegularExpressions;

namespace Integration.Firmware;

/// <summary>What came of a <see cref="BootCase"/>.</summary>
/// <param name="Name">The case.</param>
/// <param name="Status">vmm's exit status.</param>
/// <param name="Word">The firmware's line on the second serial port.</param>
/// <param name="Error">vmm's last line.</param>
/// <param name="Console">What was printed on the first serial port, without the firmware's own lines.</param>
internal sealed record BootResult(string Name, int Status, string Word, string Error, string Console)
{
    /// <summary>Reads what <see cref="BootTable"/> made the host print.</summary>
    public static BootResult Parse(string text)
    {
        Match match = Regex.Match(text, "^(.*)\nstatus ([0-9]+)\nword (.*)\nerror (.*)\nconsole\n((?:.*\n)*)$");
        Assert.True(match.Success, text);
        string Group(int group) => match.Groups[group].Value;
        IEnumerable<string> lines = Group(5).Split('\n').Where(line => !line.StartsWith("pvmfw: ", StringComparison.Ordinal));
        return new BootResult(
            Group(1), int.Parse(Group(2), System.Globalization.CultureInfo.InvariantCulture), Group(3), Group(4), string.Join('\n', lines).Trim());
    }

    /// <summary>One line that says how the boot ended; a kernel that ran shows by its output.</summary>
    public string Verdict => Status == 0
        ? $"{Name}: started{(Word.Length == 0 && Console.Length > 0 ? "" : $" with '{Word}' and '{Console}'")}"
        : $"{Name}: {Status} {Word}{(Error == $"vmm: the firmware did not start the kernel: {Word}" ? "" : $", '{Error}'")}{(Console.Length == 0 ? "" : $", '{Console}'")}";

    /// <summary>The line that a case is expected to give.</summary>
    public static string Expected(BootCase boot) => boot.Refusal is null ? $"{boot.Name}: started" : $"{boot.Name}: 32 PVM_FIRMWARE_{boot.Refusal}";
}
