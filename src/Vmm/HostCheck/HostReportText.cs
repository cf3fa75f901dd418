namespace Vmm.HostCheck;

/// <summary>A report for people: one line a finding, hints below.</summary>
internal static class HostReportText
{
    private const int ResultWidth = 6;

    /// <summary>Writes the report.</summary>
    /// <param name="output">Takes the text.</param>
    /// <param name="report">The report.</param>
    /// <param name="isColored">Whether the words of results have colours.</param>
    public static void Write(TextWriter output, HostReport report, bool isColored)
    {
        var idWidth = report.Findings.Max(static finding => finding.Id.Length) + 2;
        foreach (var finding in report.Findings)
        {
            output.WriteLine($"{Word(finding.Result, isColored)}{finding.Id.PadRight(idWidth)}{finding.Value}");
            if (finding.Hint is { } hint)
            {
                output.WriteLine($"{new string(' ', ResultWidth + idWidth)}{hint}");
            }
        }

        output.WriteLine();
        output.WriteLine($"This host can run VMs: {YesNo(report.CanRun)}. Protected VMs: {YesNo(report.CanRunProtected)}.");
        output.WriteLine(report.Pkvm);
        output.WriteLine(report.Firmware);
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Word(FindingResult result, bool isColored)
    {
        var (word, color) = result switch
        {
            FindingResult.Ok => ("ok", 32),
            FindingResult.Warn => ("warn", 33),
            _ => ("no", 31),
        };
        var padding = new string(' ', ResultWidth - word.Length);
        return isColored ? $"\u001b[{color}m{word}\u001b[0m{padding}" : word + padding;
    }
}
