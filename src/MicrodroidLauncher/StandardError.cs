namespace MicrodroidLauncher;

/// <summary>Messages of one line.</summary>
internal static unsafe class StandardError
{
    private const int Descriptor = 2;
    private const int LongestLine = 1024;

    /// <summary>Writes "microdroid_launcher: ", the two texts and the line's end at once, so that no other writer gets between; what is too long is cut.</summary>
    internal static void WriteLine(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        byte* line = stackalloc byte[LongestLine];
        int length = Append(line, 0, "microdroid_launcher: "u8);
        length = Append(line, length, first);
        length = Append(line, length, second);
        line[length++] = (byte)'\n';
        _ = Libc.Write(Descriptor, line, (nuint)length);
    }

    private static int Append(byte* line, int length, ReadOnlySpan<byte> text)
    {
        int taken = Math.Min(text.Length, LongestLine - 1 - length);
        text[..taken].CopyTo(new Span<byte>(line + length, taken));
        return length + taken;
    }
}
