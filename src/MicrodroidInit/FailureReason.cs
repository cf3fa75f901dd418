using System.Buffers.Binary;

namespace MicrodroidInit;

/// <summary>Tells the host why the guest ends: a line on the second serial port, as Android's microdroid_manager writes it and virtmgr reads it.</summary>
public static class FailureReason
{
    // As many bytes as a 16550 takes at once.
    private const int Chunk = 16;
    private const int MaxLine = 200;

    /// <summary>Writes the line and waits until it was sent: the reset that follows would lose it.</summary>
    public static void Write<TSystem>(in InitFault fault)
        where TSystem : struct, ISystem
    {
        int port = TSystem.Open("/dev/ttyS1"u8, LinuxAbi.O_WRONLY);
        if (port < 0)
        {
            InitLog.Warn<TSystem>("/dev/ttyS1 cannot be opened, error"u8, port);
            return;
        }

        SendAsIs<TSystem>(port);
        var line = new AsciiText(stackalloc byte[MaxLine]);
        line.Add("MICRODROID_UNKNOWN_RUNTIME_ERROR|init: "u8);
        line.Add(InitErrorText.Of(fault.Error));
        line.Add(" "u8);
        line.Add(fault.Number);
        line.Add("\n"u8);
        ReadOnlySpan<byte> rest = line.Bytes;
        while (rest.Length > 0)
        {
            int count = TSystem.Write(port, rest[..Math.Min(Chunk, rest.Length)]);
            if (count <= 0)
            {
                break;
            }

            TSystem.Drain(port);
            rest = rest[Math.Min(count, rest.Length)..];
        }

        TSystem.Close(port);
    }

    private static void SendAsIs<TSystem>(int port)
        where TSystem : struct, ISystem
    {
        Span<byte> modes = stackalloc byte[LinuxAbi.TermiosSize];
        if (TSystem.Control(port, LinuxAbi.TCGETS, modes) < 0)
        {
            return;
        }

        Span<byte> output = modes[LinuxAbi.TermiosOutputModes..];
        BinaryPrimitives.WriteUInt32LittleEndian(output, BinaryPrimitives.ReadUInt32LittleEndian(output) & ~LinuxAbi.OPOST);
        TSystem.Control(port, LinuxAbi.TCSETS, modes);
    }
}
