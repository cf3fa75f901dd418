using System.Threading;

namespace Pvmfw.Platform;

/// <summary>Output on a 16550 UART, byte by byte.</summary>
public static unsafe class Uart
{
    /// <summary>The console, ttyS0 of a kernel.</summary>
    public const ulong Console = 0x3f8;

    /// <summary>Where the reason of a refusal goes, ttyS1 of a kernel.</summary>
    public const ulong Reason = 0x2f8;

    private const ulong LineStatusRegister = 5;
    private const byte TransmitterEmpty = 0x20;

    // A host that never takes a byte may lose it, but cannot hold up the firmware for ever.
    private const int MaxPolls = 100_000;

    /// <summary>Writes bytes as they are.</summary>
    public static void Write(ulong port, ReadOnlySpan<byte> text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            Write(port, text[index]);
        }
    }

    /// <summary>Writes a number in hexadecimal, with 0x.</summary>
    public static void WriteHex(ulong port, ulong value)
    {
        Write(port, "0x"u8);
        int digits = 1;
        while (digits < 16 && value >> (digits * 4) != 0)
        {
            digits++;
        }

        while (digits-- > 0)
        {
            Write(port, "0123456789abcdef"u8[(int)((value >> (digits * 4)) & 15)]);
        }
    }

    private static void Write(ulong port, byte value)
    {
        for (int poll = 0; poll < MaxPolls && (Volatile.Read((byte*)(port + LineStatusRegister)) & TransmitterEmpty) == 0; poll++)
        {
        }

        Volatile.Write((byte*)port, value);
    }
}
