using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Processes;
using Microdroid.Debugging;
using Microdroid.Devices;
using Microdroid.Dice;

namespace Microdroid.Payload;

/// <summary>The payload's storage, on the partition <c>encryptedstore</c> (AVF encryptedstore).</summary>
/// <remarks>
/// Whoever has the disk can neither read nor forge it (wide-block encryption scrambles what is altered), but can bring an older state back.
/// </remarks>
internal sealed class EncryptedStore(IPartitions partitions, IBlockDevices devices, IMounts mounts, IProcesses processes, GuestLog log)
{
    /// <summary>The partition's name.</summary>
    public const string PartitionLabel = "encryptedstore";

    /// <summary>Where it is mounted.</summary>
    public const string MountPoint = "/mnt/encryptedstore";

    /// <summary>The name of its device.</summary>
    public const string DeviceName = "cryptdev";

    /// <summary>The program that makes its file system.</summary>
    public const string Mke2fs = "/usr/sbin/mke2fs";

    private const int SectorSize = 4096;

    /// <summary>What a partition begins with that the host has just made.</summary>
    public static ReadOnlySpan<byte> UnformattedMagic => "UNFORMATTED-STORAGE"u8;

    /// <summary>Whether it is mounted.</summary>
    public bool IsMounted { get; private set; }

    /// <summary>Mounts it where the host gave one; makes the file system at the first time.</summary>
    public void Mount(VmSecret secret)
    {
        if (partitions.Find(PartitionLabel) is not { } partition)
        {
            return;
        }

        if (partition.Size == 0 || partition.Size % SectorSize != 0)
        {
            throw new InvalidDataException($"the partition '{PartitionLabel}' has {partition.Size} bytes, which is no multiple of {SectorSize}");
        }

        bool isNew = IsUnformatted(partition.Device);
        using var key = new LockedMemory(VmSecret.MaximumSize);
        secret.DeriveEncryptedStoreKey(key.Span);
        string device = devices.CreateCrypt(DeviceName, partition.Device, partition.Size, key.Span);
        if (isNew)
        {
            Format(device);
        }

        mounts.Attach(device, MountPoint, "ext4", MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC);
        IsMounted = true;
    }

    /// <summary>Writes everything to the disk and unmounts.</summary>
    public void Unmount()
    {
        if (IsMounted)
        {
            IsMounted = false;
            mounts.Synchronize(MountPoint);
            mounts.Detach(MountPoint);
            devices.Remove(DeviceName);
        }
    }

    private static bool IsUnformatted(string device)
    {
        Span<byte> beginning = stackalloc byte[UnformattedMagic.Length];
        using PosixFile file = PosixFile.Open(device, OpenFlags.O_RDONLY);
        return file.ReadAt(beginning, 0) == beginning.Length && beginning.SequenceEqual(UnformattedMagic);
    }

    private void Format(string device)
    {
        log.Write($"making a file system on {device}");
        (ChildExit exit, string errors) = processes.Run(
            Mke2fs,
            [
                "-q", "-F", "-t", "ext4", "-j", "-O", "metadata_csum,extents,64bit", "-b", $"{SectorSize}",
                "-E", $"root_owner={PayloadUser.Uid}:{PayloadUser.Gid}", device,
            ]);
        if (exit != new ChildExit(0, null))
        {
            throw new InvalidDataException($"{Mke2fs} on {device}: {exit}: {errors}");
        }
    }
}
