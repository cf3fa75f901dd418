using System.Globalization;
using BootLoader.Gpt;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block.Formats;
using Virtio.Block.Formats.Composite;
using Virtualization.Aidl;
using VirtualizationService.Life;

namespace VirtualizationService.Disks;

/// <summary>Puts disks together from partitions that the client gave by descriptor. The VMM opens the same descriptors under the same numbers.</summary>
public static class DiskAssembly
{
    /// <summary>Writes the composite disks of a configuration.</summary>
    /// <param name="disks">The disks; their descriptors must stay open until the VMM has them.</param>
    /// <param name="directory">The VM's temporary directory.</param>
    /// <returns>The VMM's disks; paths are relative to the directory.</returns>
    /// <exception cref="RefusedException">A disk has both an image and partitions or neither, or a partition cannot be one.</exception>
    public static IReadOnlyList<VmmDisk> Assemble(IReadOnlyList<DiskImage> disks, string directory)
    {
        ArgumentNullException.ThrowIfNull(disks);
        return [.. disks.Select((disk, index) => Assemble(disk, index, directory))];
    }

    private static VmmDisk Assemble(DiskImage disk, int index, string directory)
    {
        if (disk.Image is null == (disk.Partitions.Count == 0))
        {
            throw new RefusedException(Refusal.Argument, $"disk {index} must have exactly one of an image and partitions");
        }

        if (disk.Image is { } image)
        {
            return new VmmDisk(PathOf(image), false, disk.Writable);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"composite-{index}.img");
        try
        {
            new CompositeCreation(Guid.NewGuid(), [.. disk.Partitions.Select(PartitionOf)]).Write(Path.Combine(directory, name));
        }
        catch (Exception e) when (e is DiskFormatException or GptException or LinuxException)
        {
            throw new RefusedException(Refusal.Argument, $"disk {index} ({string.Join(", ", disk.Partitions.Select(static p => p.Label))}): {e.Message}", e);
        }

        return new VmmDisk(name, true, disk.Partitions.Any(static partition => partition.Writable));
    }

    private static CompositePartition PartitionOf(Partition partition)
    {
        Guid id = Guid.NewGuid();
        if (partition.Guid is { Length: > 0 } text && !Guid.TryParseExact(text, "D", out id))
        {
            throw new RefusedException(Refusal.Argument, $"the partition {partition.Label} has the GUID '{text}', which is none");
        }

        return new CompositePartition(partition.Label, PathOf(partition.Image!), partition.Writable, id);
    }

    private static string PathOf(FileDescriptor image) => VmmArguments.Descriptor((int)image.DangerousGetHandle());
}
