namespace System;

/// <summary>Searching and comparing bytes.</summary>
public static class MemoryExtensions
{
    public static bool SequenceEqual(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> other)
    {
        if (span.Length != other.Length)
        {
            return false;
        }

        for (int index = 0; index < span.Length; index++)
        {
            if (span[index] != other[index])
            {
                return false;
            }
        }

        return true;
    }

    public static int SequenceCompareTo(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> other)
    {
        int common = Math.Min(span.Length, other.Length);
        for (int index = 0; index < common; index++)
        {
            if (span[index] != other[index])
            {
                return span[index] - other[index];
            }
        }

        return span.Length - other.Length;
    }

    public static int IndexOf(this ReadOnlySpan<byte> span, byte value)
    {
        for (int index = 0; index < span.Length; index++)
        {
            if (span[index] == value)
            {
                return index;
            }
        }

        return -1;
    }

    public static int IndexOf(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> value)
    {
        for (int index = 0; index <= span.Length - value.Length; index++)
        {
            if (span.Slice(index, value.Length).SequenceEqual(value))
            {
                return index;
            }
        }

        return -1;
    }

    public static int LastIndexOf(this ReadOnlySpan<byte> span, byte value)
    {
        for (int index = span.Length - 1; index >= 0; index--)
        {
            if (span[index] == value)
            {
                return index;
            }
        }

        return -1;
    }

    public static int LastIndexOf(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> value)
    {
        for (int index = span.Length - value.Length; index >= 0; index--)
        {
            if (span.Slice(index, value.Length).SequenceEqual(value))
            {
                return index;
            }
        }

        return -1;
    }

    public static int IndexOfAnyExcept(this ReadOnlySpan<byte> span, byte value)
    {
        for (int index = 0; index < span.Length; index++)
        {
            if (span[index] != value)
            {
                return index;
            }
        }

        return -1;
    }

    public static bool Contains(this ReadOnlySpan<byte> span, byte value) => span.IndexOf(value) >= 0;

    public static bool ContainsAnyExcept(this ReadOnlySpan<byte> span, byte value) => span.IndexOfAnyExcept(value) >= 0;

    public static bool StartsWith(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> value) =>
        span.Length >= value.Length && span[..value.Length].SequenceEqual(value);

    public static bool EndsWith(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> value) =>
        span.Length >= value.Length && span[^value.Length..].SequenceEqual(value);
}
