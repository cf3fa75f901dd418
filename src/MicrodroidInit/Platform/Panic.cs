using System.Diagnostics.CodeAnalysis;

namespace MicrodroidInit.Platform;

/// <summary>The end when this program itself is at fault: a failed check of the language.</summary>
public static class Panic
{
    /// <summary>Tells the host and resets the machine.</summary>
    /// <param name="text">A constant.</param>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> text)
    {
        int port = LinuxSystem.Open("/dev/ttyS1"u8, LinuxAbi.O_WRONLY);
        LinuxSystem.Write(port, "MICRODROID_UNKNOWN_RUNTIME_ERROR|init: "u8);
        LinuxSystem.Write(port, text);
        LinuxSystem.Write(port, "\n"u8);
        LinuxSystem.Drain(port);
        Machine.End(InitEnd.Reset);
    }
}
