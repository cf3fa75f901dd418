namespace VmPayload.Binder;

/// <summary>Strings are UTF-8 in C and UTF-16 in parcels (Unicode 15, tables 3-5 and 3-7).</summary>
internal static unsafe class Utf
{
    private const uint Replacement = 0xfffd;

    /// <summary>UTF-16 units of a UTF-8 text, or -1 when it is none.</summary>
    internal static int CountUtf16(byte* text, int length)
    {
        int units = 0;
        for (int at = 0; at < length;)
        {
            int used = Decode(text + at, length - at, out uint point);
            if (used == 0)
            {
                return -1;
            }

            at += used;
            units += point > 0xffff ? 2 : 1;
        }

        return units;
    }

    /// <summary>Converts what <see cref="CountUtf16"/> has counted.</summary>
    internal static void ToUtf16(byte* text, int length, char* to)
    {
        for (int at = 0; at < length;)
        {
            at += Decode(text + at, length - at, out uint point);
            if (point > 0xffff)
            {
                *to++ = (char)(0xd800 + ((point - 0x10000) >> 10));
                *to++ = (char)(0xdc00 + ((point - 0x10000) & 0x3ff));
            }
            else
            {
                *to++ = (char)point;
            }
        }
    }

    /// <summary>Bytes of a UTF-16 text as UTF-8; a surrogate alone becomes U+FFFD.</summary>
    internal static int CountUtf8(char* text, int units)
    {
        int bytes = 0;
        for (int at = 0; at < units;)
        {
            at += Decode(text + at, units - at, out uint point);
            bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        }

        return bytes;
    }

    /// <summary>Converts what <see cref="CountUtf8"/> has counted.</summary>
    internal static void ToUtf8(char* text, int units, byte* to)
    {
        for (int at = 0; at < units;)
        {
            at += Decode(text + at, units - at, out uint point);
            if (point < 0x80)
            {
                *to++ = (byte)point;
            }
            else if (point < 0x800)
            {
                *to++ = (byte)(0xc0 | (point >> 6));
                *to++ = Tail(point);
            }
            else if (point < 0x10000)
            {
                *to++ = (byte)(0xe0 | (point >> 12));
                *to++ = Tail(point >> 6);
                *to++ = Tail(point);
            }
            else
            {
                *to++ = (byte)(0xf0 | (point >> 18));
                *to++ = Tail(point >> 12);
                *to++ = Tail(point >> 6);
                *to++ = Tail(point);
            }
        }
    }

    private static byte Tail(uint bits) => (byte)(0x80 | (bits & 0x3f));

    private static int Decode(char* text, int units, out uint point)
    {
        point = text[0];
        if (point is < 0xd800 or > 0xdfff)
        {
            return 1;
        }

        if (point < 0xdc00 && units > 1 && (uint)text[1] is >= 0xdc00 and <= 0xdfff)
        {
            point = 0x10000 + ((point - 0xd800) << 10) + (text[1] - 0xdc00u);
            return 2;
        }

        point = Replacement;
        return 1;
    }

    // The bytes that the next character takes; 0 when there is none. Longer forms than needed and surrogates are none.
    private static int Decode(byte* text, int left, out uint point)
    {
        uint first = text[0];
        point = first;
        if (first < 0x80)
        {
            return 1;
        }

        int length = first is >= 0xc2 and < 0xe0 ? 2 : first is >= 0xe0 and < 0xf0 ? 3 : first is >= 0xf0 and < 0xf5 ? 4 : 0;
        if (length == 0 || length > left)
        {
            return 0;
        }

        point = first & (0x7fu >> length);
        for (int i = 1; i < length; i++)
        {
            if ((text[i] & 0xc0) != 0x80)
            {
                return 0;
            }

            point = (point << 6) | (text[i] & 0x3fu);
        }

        bool tooLong = point < (length == 2 ? 0x80u : length == 3 ? 0x800u : 0x10000u);
        return tooLong || point is (>= 0xd800 and <= 0xdfff) or > 0x10ffff ? 0 : length;
    }
}
