using System.Diagnostics.CodeAnalysis;

namespace MicrodroidLauncher;

/// <summary>Where a failed check of the language leads.</summary>
internal static class Panic
{
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> text)
    {
        StandardError.WriteLine(text, default);
        while (true)
        {
            Libc.Abort();
        }
    }
}
