using System.Globalization;
using System.Text;

namespace Vmm.Logging;

/// <summary>Makes text from elsewhere (a command line, a guest) fit to be printed: one line, no control characters, bounded.</summary>
public static class OneLine
{
    private const int MaxLength = 2000;

    /// <summary>The text with each control character as <c>\xNN</c>, cut after 2000 characters.</summary>
    public static string From(string text)
    {
        if (text.Length <= MaxLength && !text.Any(char.IsControl))
        {
            return text;
        }

        var line = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
        {
            _ = char.IsControl(c) ? line.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : line.Append(c);
        }

        return text.Length > MaxLength ? line.Append('…').ToString() : line.ToString();
    }
}
