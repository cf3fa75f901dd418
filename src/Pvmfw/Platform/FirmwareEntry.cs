using System.Runtime;

namespace Pvmfw.Platform;

/// <summary>The first C# that runs: makes the machine usable, then runs the firmware's logic.</summary>
internal static class FirmwareEntry
{
    [RuntimeExport("firmware_main")]
    internal static void Start(ulong fdt)
    {
        PageTable.Start();
        BootStrap.Run(fdt);
    }
}
