namespace Kvm.Interop.Files;

/// <summary>Paths that name a descriptor of this process: <c>/proc/self/fd/3</c>, <c>/dev/fd/3</c>.</summary>
public static class DescriptorPath
{
    private static readonly string[] s_directories = ["/proc/self/fd/", "/dev/fd/"];

    /// <summary>Reads the descriptor's number out of such a path.</summary>
    /// <returns>False for any other path; the number is -1 then.</returns>
    public static bool TryParse(string path, out int number)
    {
        ArgumentNullException.ThrowIfNull(path);
        foreach (string directory in s_directories)
        {
            if (path.StartsWith(directory, StringComparison.Ordinal) && int.TryParse(path.AsSpan(directory.Length), out number))
            {
                return true;
            }
        }

        number = -1;
        return false;
    }
}
