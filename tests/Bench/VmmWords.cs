using System.Globalization;

namespace Bench;

/// <summary>What <c>virtmgr</c> told a VMM, as far as another VMM must be told the same for the same guest.</summary>
/// <param name="MemoryMib">The guest's memory.</param>
/// <param name="Cpus">Its vCPUs.</param>
/// <param name="Parameters">The kernel's, beside those that every guest gets.</param>
/// <param name="Disks">In order; each a composite disk, its path relative to where the VMM runs, and whether it is read-only.</param>
internal sealed record VmmWords(int MemoryMib, int Cpus, string Parameters, IReadOnlyList<(string Path, bool ReadOnly)> Disks)
{
    /// <summary>Reads the command line of a running VMM.</summary>
    internal static VmmWords Of(int pid) => Parse(File.ReadAllText($"/proc/{pid}/cmdline").Split('\0'));

    /// <summary>Reads a command line.</summary>
    /// <exception cref="InvalidDataException">It lacks memory, vCPUs or disks, or has a disk of another kind.</exception>
    internal static VmmWords Parse(ReadOnlySpan<string> words)
    {
        int memory = 0, cpus = 0;
        string parameters = "";
        List<(string, bool)> disks = [];
        for (; !words.IsEmpty; words = words[1..])
        {
            switch (words)
            {
                case ["--mem", var number, ..]:
                    memory = Number(number);
                    break;
                case ["--cpus", var number, ..]:
                    cpus = Number(number);
                    break;
                case ["--block", var disk, ..]:
                    disks.Add(Disk(disk));
                    break;
                case [var word, ..] when word.StartsWith("--params=", StringComparison.Ordinal):
                    parameters = word["--params=".Length..];
                    break;
            }
        }

        return memory > 0 && cpus > 0 && disks.Count > 0
            ? new VmmWords(memory, cpus, parameters, disks)
            : throw new InvalidDataException($"the VMM was told of {memory} MiB, {cpus} vCPUs and {disks.Count} disks; a guest has some of each");
    }

    private static (string Path, bool ReadOnly) Disk(string text)
    {
        string[] parts = text.Split(',');
        string? path = parts.FirstOrDefault(static part => part.StartsWith("path=", StringComparison.Ordinal))?["path=".Length..];
        return path is { Length: > 0 } && parts.Contains("type=composite")
            ? (path, parts.Contains("ro=true"))
            : throw new InvalidDataException($"the VMM's disk '{text}' is not put together from partitions");
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
