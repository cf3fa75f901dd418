using System.Globalization;

namespace Bench;

/// <summary>A VMM's resident memory without the guest's.</summary>
/// <param name="ResidentBytes">All mapped pages (Rss).</param>
/// <param name="ProportionalBytes">Each page divided by the number of processes that map it (Pss).</param>
internal sealed record MemoryUse(long ResidentBytes, long ProportionalBytes)
{
    /// <summary>Reads /proc/PID/smaps of a process that has no guest.</summary>
    internal static MemoryUse Of(int pid) => Read(pid, null);

    /// <summary>Reads /proc/PID/smaps. The guest's memory is the one writable mapping of exactly its size.</summary>
    internal static MemoryUse Of(int pid, long guestBytes) => Read(pid, guestBytes);

    private static MemoryUse Read(int pid, long? guestBytes)
    {
        long resident = 0, proportional = 0;
        int guestMappings = 0;
        bool isGuest = false;
        foreach (string line in File.ReadLines($"/proc/{pid}/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                isGuest = Size(words[0]) == guestBytes && words[1].StartsWith("rw", StringComparison.Ordinal);
                guestMappings += isGuest ? 1 : 0;
            }
            else if (!isGuest && words[0] == "Rss:")
            {
                resident += Kilobytes(words);
            }
            else if (!isGuest && words[0] == "Pss:")
            {
                proportional += Kilobytes(words);
            }
        }

        return guestMappings == (guestBytes is null ? 0 : 1)
            ? new MemoryUse(resident, proportional)
            : throw new InvalidDataException($"/proc/{pid}/smaps has {guestMappings} mappings of {guestBytes} bytes; one was expected, the guest's memory");
    }

    private static long Size(string range)
    {
        string[] ends = range.Split('-');
        return long.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) - long.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static long Kilobytes(string[] words) => long.Parse(words[1], CultureInfo.InvariantCulture) * 1024;
}
