using System.Globalization;
using System.Text.RegularExpressions;
using BootLoader.Avb;

namespace Integration.Firmware;

/// <summary>What came of a <see cref="BootCase"/>.</summary>
/// <param name="Name">The case.</param>
/// <param name="Status">vmm's exit status.</param>
/// <param name="Word">The firmware's line on the second serial port.</param>
/// <param name="Error">vmm's last line.</param>
/// <param name="Fault">What the firmware says is wrong with the payload.</param>
/// <param name="Console">What was printed on the first serial port, without the firmware's own lines.</param>
internal sealed record BootResult(string Name, int Status, string Word, string Error, PayloadFault Fault, string Console)
{
    /// <summary>Reads what <see cref="BootTable"/> made the host print.</summary>
    public static BootResult Parse(string text)
    {
        Match match = Regex.Match(text, "^(.*)\nstatus ([0-9]+)\nword (.*)\nerror (.*)\nconsole\n((?:.*\n)*)$");
        Assert.True(match.Success, text);
        string Group(int group) => match.Groups[group].Value;
        IEnumerable<string> lines = Group(5).Split('\n').Where(line => !line.StartsWith("pvmfw: ", StringComparison.Ordinal));
        Match fault = Regex.Match(Group(5), "(?m)^pvmfw: the payload is refused, fault 0x([0-9a-f]+)$");
        int number = fault.Success ? int.Parse(fault.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;
        return new BootResult(
            Group(1), int.Parse(Group(2), CultureInfo.InvariantCulture), Group(3), Group(4), (PayloadFault)number, string.Join('\n', lines).Trim());
    }

    /// <summary>One line that says how the boot ended; a kernel that ran shows by its output.</summary>
    public string Verdict
    {
        get
        {
            bool isStarted = Status == 0 && Word.Length == 0 && Fault == PayloadFault.None && Console.Length > 0;
            bool isRefused = Status == 32 && Error == $"vmm: the firmware did not start the kernel: {Word}" && Console.Length == 0;
            return isStarted ? $"{Name}: started" : isRefused ? $"{Name}: {Word} {Fault}" : $"{Name}: status {Status}, '{Word}', {Fault}, '{Error}', '{Console}'";
        }
    }

    /// <summary>The line that a case is expected to give.</summary>
    public static string Expected(BootCase boot) => boot.Refusal is null ? $"{boot.Name}: started" : $"{boot.Name}: PVM_FIRMWARE_{boot.Refusal} {boot.Fault}";
}
