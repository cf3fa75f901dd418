using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Dice;
using Microdroid.Host;
using Microdroid.Payload;

namespace Microdroid.Flow;

/// <summary>Everything around the manager that it works on.</summary>
internal sealed class Guest
{
    /// <summary>Whether the guest may be looked into; said by the signed initrd.</summary>
    public required bool IsDebuggable { get; init; }

    /// <summary>The log.</summary>
    public required GuestLog Log { get; init; }

    /// <summary>The way to the host.</summary>
    public required IHostConnection Host { get; init; }

    /// <summary>The VM's partitions.</summary>
    public required IPartitions Partitions { get; init; }

    /// <summary>Devices on top of others.</summary>
    public required IBlockDevices Devices { get; init; }

    /// <summary>File systems.</summary>
    public required IMounts Mounts { get; init; }

    /// <summary>The files of APKs.</summary>
    public required IApkFileSystem ApkFileSystem { get; init; }

    /// <summary>What firmware and host say.</summary>
    public required GuestDeviceTree DeviceTree { get; init; }

    /// <summary>The firmware's hand-over.</summary>
    public required IDiceDriver Dice { get; init; }

    /// <summary>APKs and APEXes.</summary>
    public required IPackages Packages { get; init; }

    /// <summary>Programs.</summary>
    public required IProcesses Processes { get; init; }

    /// <summary>The payload's service.</summary>
    public required IPayloadServer PayloadServer { get; init; }

    /// <summary>Crash reports.</summary>
    public required ITombstones Tombstones { get; init; }

    /// <summary>Where the reason goes for which the guest gives up.</summary>
    public required Failure.FailureChannel Failures { get; init; }

    /// <summary>How long the disks may take to appear.</summary>
    public TimeSpan DiskPatience { get; init; } = TimeSpan.FromSeconds(10);
}
