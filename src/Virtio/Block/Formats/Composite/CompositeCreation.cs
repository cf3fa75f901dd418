using BootLoader.Gpt;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Composite;

/// <summary>A new composite disk: a partition table around raw images, which stay where they are.</summary>
/// <remarks>
/// Beside the specification lie three files that belong to it, named as crosvm names them: <c>.header</c> and <c>.footer</c> with the two copies of
/// the partition table, and <c>.filler</c> with the zeros behind images that do not end at 4 KiB.
/// </remarks>
/// <param name="DiskId">The disk's GUID.</param>
/// <param name="Partitions">In the order of the table.</param>
public sealed record CompositeCreation(Guid DiskId, IReadOnlyList<CompositePartition> Partitions)
{
    private const ulong Alignment = 4096;

    // 40 sectors before the first partition, and as many for the second table, so that everything stays aligned.
    private const ulong StartSize = 40 * GptFormat.SectorSize;
    private const ulong FooterSize = StartSize;

    /// <summary>Writes the specification and its files, over what is there.</summary>
    /// <param name="path">Where the specification goes.</param>
    /// <exception cref="DiskFormatException">An image is empty, or is written and does not end at 4 KiB; or a label stands twice.</exception>
    /// <exception cref="GptException">The partition table cannot be made.</exception>
    /// <exception cref="LinuxException">A file cannot be read or written.</exception>
    public void Write(string path)
    {
        CheckLabels(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        string name = Path.GetFileName(path);
        CompositeMessage disk = new() { Version = CompositeSpecification.NewestVersion };
        disk.Components.Add(new ComponentMessage { FilePath = $"{name}.header" });
        List<GptPartition> entries = [];
        ulong offset = StartSize;
        foreach (CompositePartition partition in Partitions)
        {
            ulong size = Measure(partition);
            ulong aligned = (size + Alignment - 1) & ~(Alignment - 1);
            disk.Components.Add(Component(folder, partition, offset));
            if (aligned != size)
            {
                disk.Components.Add(new ComponentMessage { FilePath = $"{name}.filler", Offset = offset + size });
            }

            ulong first = offset / GptFormat.SectorSize;
            offset += aligned;
            entries.Add(new GptPartition(partition.Label, first, (offset / GptFormat.SectorSize) - 1) { Id = partition.Id });
        }

        disk.Components.Add(new ComponentMessage { FilePath = $"{name}.footer", Offset = offset });
        disk.Length = offset + FooterSize;
        GptTable table = new(DiskId, disk.Length / GptFormat.SectorSize, StartSize / GptFormat.SectorSize, entries);
        byte[] end = table.ToEnd();
        WriteFile($"{path}.header", table.ToStart());
        WriteFile($"{path}.footer", [.. new byte[(int)FooterSize - end.Length], .. end]);
        WriteFile($"{path}.filler", new byte[Alignment]);
        WriteFile(path, [.. CompositeSpecification.Magic, .. disk.ToByteArray()]);
    }

    private static ulong Measure(CompositePartition partition)
    {
        using FileDescriptor file = ImageFile.Open(partition.Path, writable: partition.IsWritable);
        ulong size = ImageFile.Length(file);
        if (size is 0 or > long.MaxValue / 1024)
        {
            throw new DiskFormatException(partition.Path, $"has {size} bytes and cannot be a partition");
        }

        if (partition.IsWritable && size % Alignment != 0)
        {
            throw new DiskFormatException(partition.Path, $"has {size} bytes; the image of a writable partition has a multiple of {Alignment}");
        }

        ComponentFiles.RefuseOtherFormats(partition.Path, file, 0, size);
        return size;
    }

    private static ComponentMessage Component(string folder, CompositePartition partition, ulong offset) => new()
    {
        FilePath = Path.IsPathRooted(partition.Path) ? partition.Path : Path.GetRelativePath(folder, Path.GetFullPath(partition.Path)),
        Offset = offset,
        IsWritable = partition.IsWritable,
    };

    private static void WriteFile(string path, byte[] content)
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        using PosixFile file = PosixFile.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, Mode);
        file.WriteAt(content, 0);
    }

    private void CheckLabels(string path)
    {
        HashSet<string> labels = new(StringComparer.Ordinal);
        foreach (CompositePartition partition in Partitions)
        {
            if (partition.Label.Length == 0 || !labels.Add(partition.Label))
            {
                throw new DiskFormatException(path, $"cannot have the partition label '{partition.Label}' of {partition.Path}: each needs one of its own");
            }
        }
    }
}
