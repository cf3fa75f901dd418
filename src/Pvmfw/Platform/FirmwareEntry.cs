using System.Runtime;
using Pvmfw.Identity;

namespace Pvmfw.Platform;

/// <summary>The first C# that runs: makes the machine usable, has the logic decide, and does what it decided.</summary>
internal static class FirmwareEntry
{
    [RuntimeExport("firmware_main")]
    internal static void Start(ulong fdt)
    {
        PageTable.Start();
        FirmwareOutcome outcome = FirmwareMain.Run<FirmwareCryptography, FirmwarePlatform, DiskInstanceStore<DiskPlatform>>(fdt);
        if (outcome.Reason == RebootReason.None)
        {
            // All of the tree's window was written: what the host's tree had behind the guest's is zeros.
            Handoff.Run(outcome.TreeAddress, FirmwareLayout.FdtWindowSize, outcome.Entry);
        }

        Uart.Write(Uart.Reason, "\n"u8);
        Uart.Write(Uart.Reason, RebootReasonText.Of(outcome.Reason));
        Uart.Write(Uart.Reason, "\n"u8);
        Psci.Reset();
    }
}
