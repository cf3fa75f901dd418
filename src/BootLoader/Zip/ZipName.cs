using System.Text;

namespace BootLoader.Zip;

/// <summary>Names of entries: what is safe to become a path below a directory.</summary>
internal static class ZipName
{
    /// <summary>Linux, NAME_MAX: bytes of a part between slashes.</summary>
    private const int LongestPart = 255;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a name.</summary>
    /// <exception cref="ZipException">It is no relative path in UTF-8 without <c>.</c> and <c>..</c>.</exception>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        string name;
        try
        {
            name = s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException failure)
        {
            throw new ZipException($"an entry's name is not UTF-8: {Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, 64)])}", failure);
        }

        return Fault(name) is { } fault ? throw new ZipException($"the entry '{Shown(name)}' {fault}") : name;
    }

    /// <summary>Why a name cannot be one; null when it can.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0 || name[0] == '/')
        {
            return "has a name that is empty or absolute";
        }

        if (name.Contains('\0', StringComparison.Ordinal))
        {
            return "has a NUL in its name";
        }

        string path = name[^1] == '/' ? name[..^1] : name;
        foreach (string part in path.Split('/'))
        {
            if (part is "" or "." or "..")
            {
                return "has a name that leads elsewhere: no part of it may be empty, '.' or '..'";
            }

            if (s_strict.GetByteCount(part) > LongestPart)
            {
                return $"has a name with a part of more than {LongestPart} bytes";
            }
        }

        return null;
    }

    /// <summary>A name in one line and not too long.</summary>
    public static string Shown(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name.Length > 100 ? name[..100] + "…" : name)
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }

        return text.ToString();
    }
}
