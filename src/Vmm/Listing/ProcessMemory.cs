using System.Globalization;

namespace Vmm.Listing;

/// <summary>The memory of a VM's process that is in use: its guest's, and everything else.</summary>
/// <param name="GuestBytes">Pages of the guest that the host holds.</param>
/// <param name="OverheadBytes">What the VMM itself takes.</param>
internal readonly record struct ProcessMemory(ulong GuestBytes, ulong OverheadBytes)
{
    private const string GuestName = Kvm.Interop.Memory.GuestMemory.FileName;

    /// <summary>Of a running process; null where it may not be looked at or is gone.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="guestSize">The guest's memory in bytes: kernels without names for memory (CONFIG_ANON_VMA_NAME) show it by its size only.</param>
    public static ProcessMemory? Of(int pid, ulong guestSize)
    {
        try
        {
            return Parse(File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps")), guestSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Adds the mappings of a file in the form of proc_pid_smaps(5) up.</summary>
    /// <returns>Null where it has no mapping: the process is ending.</returns>
    internal static ProcessMemory? Parse(IEnumerable<string> lines, ulong guestSize)
    {
        ulong named = 0;
        ulong large = 0;
        ulong all = 0;
        var isNamed = false;
        var isLarge = false;
        var any = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                var size = Bytes(line);
                all += size;
                named += isNamed ? size : 0;
                large += isLarge ? size : 0;
                any = true;
            }
            else if (line.StartsWith("Size:", StringComparison.Ordinal))
            {
                isLarge &= Bytes(line) >= guestSize;
            }
            else if (line.Length > 0 && char.IsAsciiHexDigitLower(line[0]))
            {
                // A mapping: "from-to rwxp offset device inode name"; the names of the numbers begin with capitals.
                isNamed = line.Contains(GuestName, StringComparison.Ordinal);
                isLarge = line.Contains(" rw", StringComparison.Ordinal);
            }
        }

        var guest = named > 0 ? named : large;
        return any ? new ProcessMemory(guest, all - guest) : null;
    }

    private static ulong Bytes(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..]
        && ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value << 10 : 0;
}
