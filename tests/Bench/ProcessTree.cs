using System.Globalization;

namespace Bench;

/// <summary>Who started whom.</summary>
internal static class ProcessTree
{
    /// <summary>The process that this one has started.</summary>
    /// <exception cref="InvalidDataException">There is none, or more than one.</exception>
    internal static int ChildOf(int parent)
    {
        int[] children = [.. Directory.EnumerateDirectories("/proc")
            .Select(static path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
            .Where(pid => pid > 0 && TryReadParent(pid) == parent)];
        return children is [var child] ? child : throw new InvalidDataException($"process {parent} has {children.Length} children; one was expected");
    }

    /// <summary>The parent's number in a <c>/proc/PID/stat</c>: the fourth field. The second is the program's name in parentheses, which may hold any of them.</summary>
    internal static int ParentIn(string stat)
    {
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parent)
            ? parent
            : throw new InvalidDataException($"'{stat.Trim()}' is no process's status");
    }

    private static int? TryReadParent(int pid)
    {
        try
        {
            return ParentIn(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }
}
