using System.Globalization;

namespace Vmm.Listing;

/// <summary>The memory of a VM's process that is in use: its guest's, and everything else.</summary>
/// <param name="GuestBytes">Pages of the guest that the host holds.</param>
/// <param name="OverheadBytes">What the VMM itself takes.</param>
internal readonly record struct ProcessMemory(ulong GuestBytes, ulong OverheadBytes)
{
    private const string GuestName = Kvm.Interop.Memory.GuestMemory.FileName;

    /// <summary>Of a running process; null where it may not be looked at or is gone.</summary>
    public static ProcessMemory? Of(int pid)
    {
        try
        {
            return Parse(File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Adds the mappings of a file in the form of proc_pid_smaps(5) up.</summary>
    /// <returns>Null where it has no mapping: the process is ending.</returns>
    internal static ProcessMemory? Parse(IEnumerable<string> lines)
    {
        ulong guest = 0;
        ulong other = 0;
        var isGuest = false;
        var any = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                var size = Kilobytes(line) << 10;
                guest += isGuest ? size : 0;
                other += isGuest ? 0 : size;
                any = true;
            }
            else if (line.Length > 0 && char.IsAsciiHexDigitLower(line[0]))
            {
                // A mapping: "from-to rwxp offset device inode name"; the names of the numbers begin with capitals.
                isGuest = line.Contains(GuestName, StringComparison.Ordinal);
            }
        }

        return any ? new ProcessMemory(guest, other) : null;
    }

    private static ulong Kilobytes(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..]
        && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
