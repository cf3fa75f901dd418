namespace BootLoader.Avb;

/// <summary>What descriptors have in common below their fixed part. Shared with the firmware.</summary>
internal static class AvbDescriptorText
{
    /// <summary>Bytes of the name of a hash algorithm.</summary>
    public const int AlgorithmSize = 32;

    /// <summary>Cuts the name of a hash algorithm at its NUL; false without one.</summary>
    public static bool TryReadAlgorithm(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> name)
    {
        field = field[..AlgorithmSize];
        int end = field.IndexOf((byte)0);
        name = end < 0 ? default : field[..end];
        return end >= 0;
    }

    /// <summary>Cuts the next part off; false when fewer bytes are left.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, ulong size, out ReadOnlySpan<byte> part)
    {
        part = default;
        if (size > (ulong)rest.Length)
        {
            return false;
        }

        part = rest[..(int)size];
        rest = rest[(int)size..];
        return true;
    }
}
