namespace Pvmfw.DeviceTree;

/// <summary>The part of a host's command line that a guest that may not be debugged takes.</summary>
public static class BootArguments
{
    /// <summary>Copies the allowed words, in their order and with one space between them.</summary>
    /// <param name="arguments">The host's command line.</param>
    /// <param name="policy">Allows <c>console=</c> where guests may log and <c>crashkernel=</c> where they may dump their memory.</param>
    /// <param name="kept">At least as long as the command line.</param>
    /// <returns>The bytes that were copied.</returns>
    /// <remarks>
    /// Words end at spaces here, and at more bytes in the kernel (lib/cmdline.c), which also lets quotes join them. So a word that has a
    /// quote, or a byte that is no visible ASCII character, is none of those allowed: the kernel splits what is left as it is split here.
    /// </remarks>
    public static int Filter(ReadOnlySpan<byte> arguments, DebugPolicy policy, Span<byte> kept)
    {
        int length = 0;
        while (arguments.Length > 0)
        {
            int end = arguments.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? arguments : arguments[..end];
            arguments = end < 0 ? default : arguments[(end + 1)..];
            if (!IsAllowed(word, policy))
            {
                continue;
            }

            if (length > 0)
            {
                kept[length++] = (byte)' ';
            }

            word.CopyTo(kept[length..]);
            length += word.Length;
        }

        return length;
    }

    private static bool IsAllowed(ReadOnlySpan<byte> word, DebugPolicy policy)
    {
        foreach (byte c in word)
        {
            if (c is <= (byte)' ' or >= 0x7f or (byte)'"')
            {
                return false;
            }
        }

        return word.SequenceEqual("panic=-1"u8)
            || (policy.RamDump && word.StartsWith("crashkernel="u8))
            || (policy.Log && word.StartsWith("console="u8));
    }
}
