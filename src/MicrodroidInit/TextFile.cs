namespace MicrodroidInit;

/// <summary>Small files of the kernel's, read whole.</summary>
public static class TextFile
{
    /// <summary>Reads a file to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="room">Takes it.</param>
    /// <returns>Its length; the length of <paramref name="room"/> when it is as long or longer; a negative errno.</returns>
    public static int Read<TSystem>(ReadOnlySpan<byte> path, Span<byte> room)
        where TSystem : struct, ISystem
    {
        int file = TSystem.Open(path, LinuxAbi.O_RDONLY);
        if (file < 0)
        {
            return file;
        }

        int length = 0, count = 1;
        while (length < room.Length && count > 0)
        {
            count = TSystem.Read(file, room[length..]);
            if (count > room.Length - length)
            {
                count = -LinuxAbi.EIO;
            }

            length += Math.Max(count, 0);
        }

        TSystem.Close(file);
        return count < 0 ? count : length;
    }

    /// <summary>Takes the first line of a text.</summary>
    /// <param name="text">The text; becomes what follows.</param>
    /// <param name="line">The line, without its end.</param>
    /// <returns>False when there is no more.</returns>
    public static bool TryTakeLine(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        line = default;
        if (text.Length == 0)
        {
            return false;
        }

        int end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    /// <summary>Reads a number of decimal digits alone.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> digits, out uint value)
    {
        const int MostDigits = 9; // Below 2^32 whatever they are.
        value = 0;
        if (digits.Length is 0 or > MostDigits)
        {
            return false;
        }

        for (int i = 0; i < digits.Length; i++)
        {
            uint digit = (uint)digits[i] - '0';
            if (digit > 9)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return true;
    }
}
