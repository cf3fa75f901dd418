using System.Globalization;
using Integration.Hosts;

namespace Integration.Microdroid;

/// <summary>Shell lines that flip a bit of a copy of what <c>scripts/test</c> built.</summary>
internal static class FlippedBit
{
    /// <summary>A line that flips the lowest bit of one byte.</summary>
    /// <param name="copy">The copy, on the host.</param>
    /// <param name="artifact">What it is a copy of.</param>
    /// <param name="offset">The byte.</param>
    public static string Line(string copy, string artifact, long offset)
    {
        using FileStream file = File.OpenRead(Path.Combine(Artifacts.Directory, artifact));
        file.Position = offset;
        return Write(copy, offset, file.ReadByte() ^ 1);
    }

    /// <summary>A line that flips the lowest bit of one byte of a file that the host has made.</summary>
    /// <param name="file">The file, on the host.</param>
    /// <param name="offset">The byte, as the shell has it.</param>
    public static string LineOnHost(string file, string offset) =>
        $"at={offset}; b=$(dd if={file} bs=1 skip=$at count=1 2>/dev/null | od -An -tu1); printf \"\\\\$(printf %03o $((b ^ 1)))\" | dd of={file} bs=1 seek=$at conv=notrunc 2>/dev/null";

    /// <summary>Where bytes are in what was built.</summary>
    /// <param name="artifact">The file.</param>
    /// <param name="bytes">What to look for.</param>
    /// <param name="last">The last of several.</param>
    public static long Find(string artifact, ReadOnlySpan<byte> bytes, bool last = false)
    {
        ReadOnlySpan<byte> content = File.ReadAllBytes(Path.Combine(Artifacts.Directory, artifact));
        int at = last ? content.LastIndexOf(bytes) : content.IndexOf(bytes);
        Assert.True(at >= 0, $"{artifact} has not the bytes that are to be looked for");
        return at;
    }

    private static string Write(string copy, long offset, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"printf '\\{Convert.ToString(value, 8).PadLeft(3, '0')}' | dd of={copy} bs=1 seek={offset} conv=notrunc 2>/dev/null");
}
