using System.Runtime;
using Pvmfw.Platform;

namespace Pvmfw.SelfCheck;

/// <summary>
/// Runs in the place of the firmware: checks what the firmware stands on, or does what must end in a fault. The first byte of the configuration
/// data chooses: that of the VMM's own (<c>pvmf</c>) checks, another letter breaks something.
/// </summary>
internal static unsafe class SelfCheck
{
    private static int s_passed;
    private static int s_failed;

    [RuntimeExport("firmware_main")]
    internal static void Start(ulong fdt)
    {
        PageTable.Start();
        ReadOnlySpan<byte> config = FirmwareImage.Config;
        if (config[0] != (byte)'p')
        {
            Breakage.Run(config[0], fdt);
        }
        else
        {
            CoreLibraryChecks.Run();
            CryptographyChecks.Run();
            PlatformChecks.Run(fdt);
        }

        Uart.Write(Uart.Console, "passed "u8);
        Uart.WriteHex(Uart.Console, (ulong)s_passed);
        Uart.Write(Uart.Console, ", failed "u8);
        Uart.WriteHex(Uart.Console, (ulong)s_failed);
        Uart.Write(Uart.Console, "\n"u8);
        Psci.Reset();
    }

    /// <summary>Counts a check and names it when it failed.</summary>
    public static void Check(ReadOnlySpan<byte> name, bool isRight)
    {
        if (isRight)
        {
            s_passed++;
            return;
        }

        s_failed++;
        Uart.Write(Uart.Console, "FAILED: "u8);
        Uart.Write(Uart.Console, name);
        Uart.Write(Uart.Console, "\n"u8);
    }

    /// <summary>Tells how long something took since <paramref name="start"/>, a count of the generic timer.</summary>
    public static void Time(ReadOnlySpan<byte> name, ulong start)
    {
        ulong count = Processor.ReadCounter() - start;
        Uart.Write(Uart.Console, "time: "u8);
        Uart.Write(Uart.Console, name);
        Uart.Write(Uart.Console, " us "u8);
        Uart.WriteHex(Uart.Console, count * 1_000_000 / Processor.ReadCounterFrequency());
        Uart.Write(Uart.Console, "\n"u8);
    }
}
