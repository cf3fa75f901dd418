using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>The report for people.</summary>
internal static class ReportText
{
    private const int NarrowestTitles = 44;

    internal static string Write(Report report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Host}; guest {Contender.MemoryBytes >> 20} MiB (Microdroid-style: its own 256), 1 vCPU; medians of {report.Runs} runs in turn");
        int width = report.Measures.Select(static line => Title(line).Length).Append(NarrowestTitles).Max();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"".PadRight(width)} {"vmm",10} {"other",22} {"ratio",6}  aim");
        foreach (Measure line in report.Measures)
        {
            string other = line.Other is { } value ? $"{Number(value)} {line.OtherName}" : "";
            string ratio = line.Ratio is { } quotient ? quotient.ToString("f2", CultureInfo.InvariantCulture) : "";
            string aim = line.Aim is { } wanted ? $"{wanted}: {(line.Met == true ? "met" : "MISSED")}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{Title(line).PadRight(width)} {Number(line.Vmm),10} {other,22} {ratio,6}  {aim}");
        }

        return text.ToString().TrimEnd();
    }

    private static string Title(Measure line) => $"{line.Name}, {line.Unit}";

    private static string Number(double value) => value.ToString(value < 100 ? "f1" : "f0", CultureInfo.InvariantCulture);
}
