using System.Diagnostics.CodeAnalysis;
using System.Runtime;

namespace Pvmfw.Platform;

/// <summary>The end when the firmware itself is at fault. The reason word is for programs, the text beside it for who debugs the firmware.</summary>
public static class Panic
{
    /// <summary>Tells the reason and resets the machine.</summary>
    /// <param name="text">A constant: nothing secret and nothing computed may reach the host this way.</param>
    [DoesNotReturn]
    public static void Stop(ReadOnlySpan<byte> text)
    {
        Uart.Write(Uart.Console, "pvmfw: "u8);
        Uart.Write(Uart.Console, text);
        Uart.Write(Uart.Console, "\n"u8);
        while (true)
        {
            Processor.Fail();
        }
    }

    // Addresses of the firmware and of faulting accesses are no secrets: the layout is fixed.
    [RuntimeExport("firmware_fault")]
    internal static void Fault(ulong syndrome, ulong instruction, ulong address)
    {
        Uart.Write(Uart.Console, "pvmfw: fault, syndrome "u8);
        Uart.WriteHex(Uart.Console, syndrome);
        Uart.Write(Uart.Console, ", instruction at "u8);
        Uart.WriteHex(Uart.Console, instruction);
        Uart.Write(Uart.Console, ", address "u8);
        Uart.WriteHex(Uart.Console, address);
        Uart.Write(Uart.Console, "\n"u8);
        Processor.Fail();
    }
}
