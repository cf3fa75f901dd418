using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace VmPayload.Platform;

/// <summary>Where the library ends the process.</summary>
internal static class Panic
{
    [DoesNotReturn]
    internal static void Stop(ReadOnlySpan<byte> text) => throw new AbortException(Encoding.UTF8.GetString(text));
}
