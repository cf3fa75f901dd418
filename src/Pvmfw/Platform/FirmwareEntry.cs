using System.Runtime;
using Pvmfw.DeviceTree;
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
            // No more than this was written: behind the tree zeros, where the host's tree may have been.
            Handoff.Run(outcome.TreeAddress, GuestTree.LargestSize, outcome.Entry);
        }

        Uart.Write(Uart.Reason, "\n"u8);
        Uart.Write(Uart.Reason, RebootReasonText.Of(outcome.Reason));
        Uart.Write(Uart.Reason, "\n"u8);
        Psci.Reset();
    }
}
