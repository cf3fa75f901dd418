using BootLoader.Gpt;
using BootLoader.InstanceImage;
using Virtio;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Pvmfw.Disk;

/// <summary>Finds the instance image: the first partition with its label, on the virtio block devices of PCI bus 0 in the order of their numbers.</summary>
public static class InstanceDisk
{
    /// <summary>Block devices that are looked at.</summary>
    public const int MostDisks = 16;

    private const int DeviceCount = 32;
    private const int FunctionCount = 8;

    /// <summary>Opens the partition.</summary>
    /// <typeparam name="TPlatform">The machine.</typeparam>
    /// <param name="windows">Where the PCI host lies.</param>
    /// <param name="isProtected">The VM's memory is its own: a device has to offer VIRTIO_F_ACCESS_PLATFORM.</param>
    /// <param name="partition">The partition, when nothing is wrong: then it has to be closed. Otherwise all is as before.</param>
    /// <returns>
    /// <see cref="DiskFault.NotFound"/> when every disk was read and none has the partition; the fault of the first bad disk when none of the others
    /// has it. <see cref="DiskFault.ResetTimedOut"/> and <see cref="DiskFault.NotShared"/> end the search at once, and the guest must not be started:
    /// the device may still reach the pages.
    /// </returns>
    public static DiskFault TryOpen<TPlatform>(PciWindows windows, bool isProtected, out InstancePartition<TPlatform> partition)
        where TPlatform : struct, IDiskPlatform
    {
        partition = default;
        if (!TPlatform.Map(windows.Configuration, PciWindows.ConfigurationSize))
        {
            TPlatform.UnmapAll();
            return DiskFault.NotMapped;
        }

        TPlatform.Clear();
        if (!TPlatform.Share())
        {
            TPlatform.UnmapAll();
            return DiskFault.NotShared;
        }

        VirtioDisk<TPlatform> disk = default;
        DiskFault fault = Search(windows, isProtected, ref disk, out GptExtent extent);
        if (fault == DiskFault.None)
        {
            partition = new InstancePartition<TPlatform>(disk, extent);
            return DiskFault.None;
        }

        DiskFault release = Release(ref disk);
        return fault == DiskFault.ResetTimedOut || release == DiskFault.None ? fault : release;
    }

    /// <summary>Ends the use of a disk and of what the platform gave.</summary>
    internal static DiskFault Release<TPlatform>(ref VirtioDisk<TPlatform> disk)
        where TPlatform : struct, IDiskPlatform
    {
        DiskFault fault = disk.Close();
        TPlatform.Clear();
        bool isBack = TPlatform.Unshare();
        TPlatform.UnmapAll();
        return fault != DiskFault.None ? fault : isBack ? DiskFault.None : DiskFault.NotShared;
    }

    private static DiskFault Search<TPlatform>(PciWindows windows, bool isProtected, ref VirtioDisk<TPlatform> disk, out GptExtent extent)
        where TPlatform : struct, IDiskPlatform
    {
        extent = default;
        DiskFault first = DiskFault.NotFound;
        int disks = 0;
        for (int device = 0; device < DeviceCount; device++)
        {
            PciFunction<TPlatform> zero = PciFunction<TPlatform>.At(windows, device, 0);
            if (!zero.IsPresent)
            {
                continue;
            }

            int functions = zero.IsMultiFunction ? FunctionCount : 1;
            for (int number = 0; number < functions; number++)
            {
                PciFunction<TPlatform> function = PciFunction<TPlatform>.At(windows, device, number);
                if (!IsBlockDevice(function))
                {
                    continue;
                }

                if (disks++ == MostDisks)
                {
                    return first;
                }

                DiskFault fault = Look(function, windows, isProtected, ref disk, out extent);
                if (fault is DiskFault.None or DiskFault.ResetTimedOut)
                {
                    return fault;
                }

                first = first == DiskFault.NotFound ? fault : first;
            }
        }

        return first;
    }

    private static DiskFault Look<TPlatform>(
        PciFunction<TPlatform> function, PciWindows windows, bool isProtected, ref VirtioDisk<TPlatform> disk, out GptExtent extent)
        where TPlatform : struct, IDiskPlatform
    {
        extent = default;
        disk = default;
        DiskFault fault = disk.Open(function, windows, isProtected);
        if (fault == DiskFault.None)
        {
            GptFault table = GptPartitionFinder.Find(ref disk, InstanceImageFormat.PartitionLabel, out extent);
            if (table == GptFault.None)
            {
                return DiskFault.None;
            }

            // A disk without a table, or without the partition, is another disk; one that failed is a bad one.
            fault = table == GptFault.DiskFailed ? disk.Fault : DiskFault.NotFound;
        }

        DiskFault close = disk.Close();
        TPlatform.Clear();
        return close == DiskFault.None ? fault : close;
    }

    private static bool IsBlockDevice<TPlatform>(PciFunction<TPlatform> function)
        where TPlatform : struct, IDiskPlatform =>
        function.Load16(PCI_VENDOR_ID) == VendorId
        && function.Load16(PCI_DEVICE_ID) is ModernDeviceIdBase + (ushort)VirtioDeviceType.Block or TransitionalBlockDeviceId;
}
