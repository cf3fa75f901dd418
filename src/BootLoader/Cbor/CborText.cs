namespace BootLoader.Cbor;

/// <summary>What a text string may hold.</summary>
internal static class CborText
{
    /// <summary>Whether the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.</summary>
    public static bool IsUtf8(ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            int length = SequenceLength(text);
            if (length == 0)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }

    private static int SequenceLength(ReadOnlySpan<byte> text)
    {
        byte lead = text[0];
        if (lead < 0x80)
        {
            return 1;
        }

        int length = lead switch
        {
            >= 0xc2 and <= 0xdf => 2,
            >= 0xe0 and <= 0xef => 3,
            >= 0xf0 and <= 0xf4 => 4,
            _ => 0,
        };
        if (length == 0 || text.Length < length)
        {
            return 0;
        }

        // The second byte tells overlong forms, surrogates and too large numbers.
        byte lowest = lead switch { 0xe0 => 0xa0, 0xf0 => 0x90, _ => 0x80 };
        byte highest = lead switch { 0xed => 0x9f, 0xf4 => 0x8f, _ => 0xbf };
        if (text[1] < lowest || text[1] > highest)
        {
            return 0;
        }

        for (int i = 2; i < length; i++)
        {
            if ((text[i] & 0xc0) != 0x80)
            {
                return 0;
            }
        }

        return length;
    }
}
