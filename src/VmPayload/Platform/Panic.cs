using System.Diagnostics.CodeAnalysis;

namespace VmPayload.Platform;

/// <summary>The end of a payload's process: where AVF's library ends it too, and where the language's own checks fail.</summary>
internal static unsafe class Panic
{
    private const int StandardError = 2;

    /// <summary>Writes one line to standard error and aborts.</summary>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> text)
    {
        Print("libvm_payload: "u8);
        Print(text);
        Print("\n"u8);
        while (true)
        {
            Libc.Abort();
        }
    }

    private static void Print(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
        {
            _ = Libc.Write(StandardError, start, (nuint)text.Length);
        }
    }
}
