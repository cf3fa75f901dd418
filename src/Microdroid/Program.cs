using System.Runtime.InteropServices;
using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Dice;
using Microdroid.Failure;
using Microdroid.Flow;
using Microdroid.Host;
using Microdroid.Payload;

namespace Microdroid;

/// <summary>microdroid_manager: the child of PID 1 that runs the payload. Status 0 asks for power-off, any other for a reset.</summary>
internal static class Program
{
    /// <summary>PID 1's word, from the signed initrd's bootconfig, of whether the guest may be looked into.</summary>
    private const string DebuggableVariable = "MICRODROID_DEBUGGABLE";

    private static int Main()
    {
        // A SIGTERM to everything is for the payload to end by; the manager goes on and tells the host of it.
        using PosixSignalRegistration ignored = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        bool isDebuggable = Environment.GetEnvironmentVariable(DebuggableVariable) == "1";
        using GuestLog log = GuestLog.Open(isDebuggable);
        log.Write("started.");
        if (isDebuggable)
        {
            DebugShell.Start(log);
        }

        using HostConnection host = new();
        var partitions = new SysfsPartitions();
        return new MicrodroidManager(new Guest
        {
            IsDebuggable = isDebuggable,
            Log = log,
            Host = host,
            Partitions = partitions,
            Devices = new LinuxBlockDevices(),
            Mounts = new LinuxMounts(),
            ApkFileSystem = new ZipApkFileSystem(),
            DeviceTree = new GuestDeviceTree(),
            Dice = new OpenDiceDriver(),
            Packages = new Packages(log),
            Processes = new LinuxProcesses(log),
            PayloadServer = new PayloadServer(),
            Tombstones = new TombstoneTransmitter(log),
            Failures = new FailureChannel(() => new SerialFailurePort()),
        }).Run();
    }
}
