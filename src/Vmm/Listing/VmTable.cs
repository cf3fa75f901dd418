using System.Globalization;
using System.Text;
using Vmm.Logging;

namespace Vmm.Listing;

/// <summary>The lines of <c>vmm ls</c> as text. Where they are too wide, names are shortened and then the least needed columns left out.</summary>
internal static class VmTable
{
    private const int ShortestName = 8;
    private const string Gap = "  ";

    private static readonly Column[] s_columns =
    [
        new("PID", 0, true, static vm => Text($"{vm.Pid}")),
        new("NAME", 0, false, static vm => vm.Name is null ? "-" : OneLine.From(vm.Name)),
        new("STATE", 1, false, static vm => vm.State),
        new("CPUS", 5, true, static vm => vm.Cpus is { } cpus ? Text($"{cpus}") : "-"),
        new("MEM", 2, true, static vm => vm.MemoryMib is { } mib ? Size(mib << 20) : "-"),
        new("RSS", 3, true, static vm => vm.GuestRss is { } guest ? $"{Size(guest)}+{Size(vm.OverheadRss ?? 0)}" : "-"),
        new("UPTIME", 4, true, static vm => Uptime(vm.UptimeSeconds)),
        new("EXITS/S", 6, true, static vm => vm.ExitsPerSecond is { } exits ? Text($"{exits:f0}") : "-"),
        new("BLOCK R/W", 7, true, static vm => Rate(vm.Block)),
        new("NET RX/TX", 8, true, static vm => Rate(vm.Net)),
        new("VSOCK RX/TX", 9, true, static vm => Rate(vm.Vsock)),
    ];

    /// <summary>Writes the table.</summary>
    /// <param name="vms">The lines.</param>
    /// <param name="width">Characters in a line of the terminal; <see cref="int.MaxValue"/> where it is none.</param>
    /// <param name="height">Lines of the terminal; what does not fit is counted in the last one.</param>
    public static string Write(IReadOnlyList<VmRow> vms, int width = int.MaxValue, int height = int.MaxValue)
    {
        var shown = vms.Count + 1 > height ? Math.Max(0, height - 2) : vms.Count;
        List<Column> columns = [.. s_columns];
        var cells = columns.ToDictionary(static column => column, column => vms.Take(shown).Select(column.Cell).Prepend(column.Title).ToArray());
        Fit(columns, cells, width);
        var text = new StringBuilder();
        for (var line = 0; line <= shown; line++)
        {
            var parts = columns.Select(column => column.Right ? cells[column][line].PadLeft(Width(cells[column])) : cells[column][line].PadRight(Width(cells[column])));
            text.AppendLine(Cut(string.Join(Gap, parts).TrimEnd(), width));
        }

        if (shown < vms.Count)
        {
            text.AppendLine(Cut(Text($"… and {vms.Count - shown} more"), width));
        }

        return text.ToString();
    }

    private static void Fit(List<Column> columns, Dictionary<Column, string[]> cells, int width)
    {
        var name = columns[1];
        while (Total(columns, cells) > width)
        {
            var excess = Total(columns, cells) - width;
            var longest = Width(cells[name]);
            if (longest > ShortestName)
            {
                var limit = Math.Max(ShortestName, longest - excess);
                cells[name] = [.. cells[name].Select(text => text.Length > limit ? text[..(limit - 1)] + "…" : text)];
            }
            else if (columns.MaxBy(static column => column.Rank) is { Rank: > 0 } last)
            {
                columns.Remove(last);
            }
            else
            {
                return;
            }
        }
    }

    private static int Total(List<Column> columns, Dictionary<Column, string[]> cells) =>
        columns.Sum(column => Width(cells[column])) + (Gap.Length * (columns.Count - 1));

    private static int Width(string[] cells) => cells.Max(static cell => cell.Length);

    private static string Cut(string line, int width) => line.Length > width ? line[..Math.Max(0, width)] : line;

    private static string Rate(VmRate? rate) => rate is null ? "-" : $"{Size((ulong)rate.InBytes)}/{Size((ulong)rate.OutBytes)}";

    /// <summary>In units of 1024, with at most four characters before the unit.</summary>
    private static string Size(ulong bytes)
    {
        const string Units = "BKMGTPE";
        double value = bytes;
        var unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
        {
            value /= 1024;
        }

        return unit == 0 ? Text($"{bytes}B") : value < 9.95 ? Text($"{value:f1}{Units[unit]}") : Text($"{value:f0}{Units[unit]}");
    }

    private static string Uptime(double? seconds)
    {
        if (seconds is not { } known)
        {
            return "-";
        }

        var time = TimeSpan.FromSeconds(known);
        return time.TotalDays >= 1 ? Text($"{(int)time.TotalDays}d{time.Hours:d2}h")
            : time.TotalHours >= 1 ? Text($"{time.Hours}h{time.Minutes:d2}m")
            : time.TotalMinutes >= 1 ? Text($"{time.Minutes}m{time.Seconds:d2}s")
            : Text($"{known:f1}s");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <param name="Title">Its head.</param>
    /// <param name="Rank">The higher, the sooner it is left out; 0 stays.</param>
    /// <param name="Right">Aligned to the right.</param>
    /// <param name="Cell">Its text in a line.</param>
    private sealed record Column(string Title, int Rank, bool Right, Func<VmRow, string> Cell);
}
