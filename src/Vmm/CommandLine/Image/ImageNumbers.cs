using System.Globalization;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>Numbers as avbtool takes them: decimal, or hexadecimal after 0x.</summary>
internal static class ImageNumbers
{
    /// <exception cref="InvalidOptionException">It is no number, or larger than <paramref name="limit"/>.</exception>
    public static ulong Parse(string option, string text, ulong limit = ulong.MaxValue)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool parsed = isHex
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return parsed && value <= limit ? value : throw new InvalidOptionException($"{option}: '{text}' is not a number from 0 to {limit}");
    }

    /// <exception cref="InvalidOptionException">It is not hexadecimal digits, two for a byte.</exception>
    public static byte[] ParseHex(string option, string text)
    {
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw new InvalidOptionException($"{option}: '{text}' is not hexadecimal digits, two for each byte");
        }
    }
}
