using System.Globalization;

namespace HostProbe.Memory;

/// <summary>Finds guest memory in a VMM's address space: the anonymous mappings that a fork would not copy.</summary>
internal static class GuestMappings
{
    // In smaps, VmFlags: dc is MADV_DONTFORK, which nothing but guest memory asks for.
    private const string Flag = " dc";

    /// <summary>First address and length in bytes of each mapping.</summary>
    internal static IReadOnlyList<(ulong Start, ulong Length)> Of(int process)
    {
        List<(ulong, ulong)> found = [];
        (ulong Start, ulong Length)? current = null;
        foreach (string line in File.ReadLines($"/proc/{process}/smaps"))
        {
            if (line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                if (current is { } mapping && line.Contains(Flag, StringComparison.Ordinal))
                {
                    found.Add(mapping);
                }

                current = null;
            }
            else if (current is null && IsAnonymous(line, out ulong start, out ulong length))
            {
                current = (start, length);
            }
        }

        return found;
    }

    /// <summary>Reads a mapping's first line: <c>start-end permissions offset device inode</c>, and a name only where a file is mapped.</summary>
    private static bool IsAnonymous(string line, out ulong start, out ulong length)
    {
        start = length = 0;
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var range, { Length: 4 }, _, _, "0"] || range.Split('-') is not [var first, var end])
        {
            return false;
        }

        start = ulong.Parse(first, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        length = ulong.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture) - start;
        return true;
    }
}
