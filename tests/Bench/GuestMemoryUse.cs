using System.Globalization;

namespace Bench;

/// <summary>A guest's memory as its kernel counts it (/proc/meminfo).</summary>
/// <param name="TotalBytes">What it can use at all.</param>
/// <param name="AvailableBytes">What is still to be had.</param>
internal sealed record GuestMemoryUse(long TotalBytes, long AvailableBytes)
{
    /// <summary>What is in use.</summary>
    internal long UsedBytes => TotalBytes - AvailableBytes;

    /// <summary>Finds both among other lines.</summary>
    /// <exception cref="InvalidDataException">One is missing, or is no number of kB.</exception>
    internal static GuestMemoryUse Parse(IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        return new GuestMemoryUse(Bytes(all, "MemTotal:"), Bytes(all, "MemAvailable:"));
    }

    private static long Bytes(string[] lines, string name)
    {
        // In the log a line has the name of who wrote it before it.
        string line = lines.FirstOrDefault(line => line.Contains(name, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"the guest did not tell its {name.TrimEnd(':')}");
        string[] words = line[(line.IndexOf(name, StringComparison.Ordinal) + name.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [var number, var unit, ..] && unit.TrimEnd() == "kB" && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : throw new InvalidDataException($"the guest's '{line}' is no number of kB");
    }
}
