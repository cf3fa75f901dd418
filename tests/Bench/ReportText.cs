using System.Globalization;
using System.Text;

namespace Bench;

/// <summary>The report for people.</summary>
internal static class ReportText
{
    internal static string Write(Report report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Host}; guest {Contender.MemoryBytes >> 20} MiB, 1 vCPU; medians of {report.Runs} runs in turn");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"",-44} {"vmm",10} {"other",16} {"ratio",6}  aim");
        foreach (Measure line in report.Measures)
        {
            string other = line.Other is { } value ? $"{Number(value)} {line.OtherName}" : "";
            string ratio = line.Ratio is { } quotient ? quotient.ToString("f2", CultureInfo.InvariantCulture) : "";
            string aim = line.Aim is { } wanted ? $"{wanted}: {(line.Met == true ? "met" : "MISSED")}" : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{$"{line.Name}, {line.Unit}",-44} {Number(line.Vmm),10} {other,16} {ratio,6}  {aim}");
        }

        return text.ToString().TrimEnd();
    }

    private static string Number(double value) => value.ToString(value < 100 ? "f1" : "f0", CultureInfo.InvariantCulture);
}
