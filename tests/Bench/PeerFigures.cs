using System.Globalization;

namespace Bench;

/// <summary>What the ends of sockets print, tests/Peer and <c>VmClient bench</c>: lines of a name and a whole number.</summary>
internal static class PeerFigures
{
    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidDataException">A line is something else.</exception>
    internal static IReadOnlyDictionary<string, double> Parse(string text)
    {
        Dictionary<string, double> figures = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            figures[line.Split(' ')[0]] = line.Split(' ') is [_, var value] && double.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out double number)
                ? number
                : throw new InvalidDataException($"'{line}' is no figure");
        }

        return figures;
    }
}
