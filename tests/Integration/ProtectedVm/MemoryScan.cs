using System.Globalization;
using System.Text.RegularExpressions;

namespace Integration.ProtectedVm;

/// <summary>What reading all of a guest's memory from another process gave, in pages.</summary>
/// <param name="Pages">Pages of guest memory.</param>
/// <param name="Read">Those that could be read.</param>
/// <param name="WithWord">Those in which the secret word stood.</param>
internal sealed record MemoryScan(int Pages, int Read, int WithWord)
{
    /// <summary>Reads HostProbe's line.</summary>
    public static MemoryScan Parse(string line)
    {
        Match match = Regex.Match(line, "^pages ([0-9]+) read ([0-9]+) word ([0-9]+) nonzero [0-9]+\n$");
        Assert.True(match.Success, line);
        int Number(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
        return new MemoryScan(Number(1), Number(2), Number(3));
    }
}
