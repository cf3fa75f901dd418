using Google.Protobuf;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Composite;

/// <summary>The specification of a composite disk, read and checked (crosvm disk/src/composite.rs).</summary>
/// <param name="Components">In the order of the disk, one behind the other from 0 to <paramref name="Length"/>.</param>
/// <param name="Length">The disk's size in bytes.</param>
internal sealed record CompositeSpecification(IReadOnlyList<CompositeComponent> Components, ulong Length)
{
    /// <summary>The newest version that can be read. In version 1 paths are relative to the specification too, and content begins a file.</summary>
    public const ulong NewestVersion = 2;

    /// <summary>The most components: more than a full partition table with a gap behind each partition makes.</summary>
    public const int MostComponents = 1024;

    private const int LargestFile = 1 << 20;

    /// <summary>What a specification begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "composite_disk\x1d"u8;

    /// <summary>Reads a specification.</summary>
    /// <param name="file">The file; its name gives the directory that paths are relative to.</param>
    /// <exception cref="DiskFormatException">It is no good specification.</exception>
    /// <exception cref="LinuxException">It cannot be read.</exception>
    public static CompositeSpecification Read(FileDescriptor file)
    {
        byte[] content = ReadFile(file);
        if (!content.AsSpan().StartsWith(Magic))
        {
            throw new DiskFormatException(file.Name, "is no composite disk: it does not begin with composite_disk");
        }

        try
        {
            CompositeMessage disk = CompositeMessage.Parse(content, Magic.Length);
            return Check(file.Name, disk);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new DiskFormatException(file.Name, "is a damaged composite disk: its specification is no protocol buffer");
        }
    }

    private static byte[] ReadFile(FileDescriptor file)
    {
        ulong length = ImageFile.Length(file);
        if (length > LargestFile)
        {
            throw new DiskFormatException(file.Name, $"has {length} bytes; the specification of a composite disk has at most {LargestFile}");
        }

        byte[] content = new byte[length];
        int error = FileTransfer.ReadAll(file, content, 0);
        return error == 0 ? content : throw new LinuxException("pread", file.Name, error);
    }

    private static CompositeSpecification Check(string name, CompositeMessage disk)
    {
        if (disk.Version > NewestVersion)
        {
            throw new DiskFormatException(name, $"is a composite disk of version {disk.Version}; versions up to {NewestVersion} can be read");
        }

        int count = disk.Components.Count;
        if (count is 0 or > MostComponents)
        {
            throw new DiskFormatException(name, $"is a composite disk of {count} components; 1 to {MostComponents} are possible");
        }

        if (disk.Length == 0 || disk.Length % 512 != 0 || disk.Length > long.MaxValue)
        {
            throw new DiskFormatException(name, $"is a composite disk of {disk.Length} bytes, which is not a number of whole sectors");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(name)) ?? "/";
        ComponentMessage[] sorted = [.. disk.Components];
        Array.Sort(sorted, static (one, other) => one.Offset.CompareTo(other.Offset));
        CompositeComponent[] components = new CompositeComponent[count];
        for (int i = 0; i < count; i++)
        {
            ulong end = i + 1 < count ? sorted[i + 1].Offset : disk.Length;
            components[i] = Check(name, folder, sorted[i], end, disk.Version);
        }

        return sorted[0].Offset == 0
            ? new CompositeSpecification(components, disk.Length)
            : throw new DiskFormatException(name, $"is a composite disk whose first component begins at {sorted[0].Offset}, not at 0");
    }

    private static CompositeComponent Check(string name, string folder, ComponentMessage component, ulong end, ulong version)
    {
        if (component.FilePath.Length == 0 || component.FilePath.Contains('\0', StringComparison.Ordinal))
        {
            throw new DiskFormatException(name, $"has no file for the component at {component.Offset}");
        }

        if (end <= component.Offset)
        {
            throw new DiskFormatException(name, $"has the component {component.FilePath} at {component.Offset}, where the next one or the end is at {end}");
        }

        ulong fileOffset = version < 2 ? 0 : component.FileOffset;
        ulong length = end - component.Offset;
        if (fileOffset > long.MaxValue - length)
        {
            throw new DiskFormatException(name, $"has the component {component.FilePath} at offset {fileOffset} of its file, which no file reaches");
        }

        return new CompositeComponent(Path.Combine(folder, component.FilePath), component.Offset, length, fileOffset, component.IsWritable);
    }
}
