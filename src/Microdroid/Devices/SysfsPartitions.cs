using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Microdroid.Devices;

/// <summary>Partitions as the kernel found them: their names stand in <c>/sys/class/block/*/uevent</c>.</summary>
/// <param name="classDirectory">Where the kernel lists block devices.</param>
/// <param name="deviceDirectory">Where their nodes are.</param>
internal sealed class SysfsPartitions(string classDirectory = "/sys/class/block", string deviceDirectory = "/dev") : IPartitions
{
    // Of the size in sysfs, whatever the device's own blocks are (Documentation/ABI/stable/sysfs-block).
    private const int SectorSize = 512;

    /// <summary>Of a file in sysfs: a page (Documentation/filesystems/sysfs.rst).</summary>
    private const int LargestFile = 4096;

    /// <inheritdoc/>
    public Partition? Find(string label)
    {
        Partition? found = null;
        string[] directories = Directory.GetFileSystemEntries(classDirectory);
        Array.Sort(directories, StringComparer.Ordinal);
        foreach (string directory in directories)
        {
            if (ReadLabel(directory) != label)
            {
                continue;
            }

            if (found is { } first)
            {
                throw new InvalidDataException($"two partitions are named '{label}': {first.Device} and {Path.GetFileName(directory)}");
            }

            found = new Partition(label, Path.Combine(deviceDirectory, Path.GetFileName(directory)), ReadSectors(directory) * SectorSize);
        }

        return found;
    }

    private static string? ReadLabel(string directory)
    {
        ReadOnlySpan<byte> key = "PARTNAME="u8;
        try
        {
            ReadOnlySpan<byte> rest = Read(directory, "uevent", stackalloc byte[LargestFile]);
            while (!rest.IsEmpty)
            {
                int end = rest.IndexOf((byte)'\n');
                ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
                if (line.StartsWith(key))
                {
                    return Encoding.UTF8.GetString(line[key.Length..]);
                }

                rest = end < 0 ? default : rest[(end + 1)..];
            }

            return null;
        }
        catch (IOException)
        {
            return null; // The device went away, or is none.
        }
    }

    /// <summary>Reads a file whose length is not what the kernel says: <see cref="File.ReadAllBytes(string)"/> would miss the rest of the page.</summary>
    private static ReadOnlySpan<byte> Read(string directory, string name, Span<byte> buffer)
    {
        using SafeFileHandle file = File.OpenHandle(Path.Combine(directory, name));
        return buffer[..RandomAccess.Read(file, buffer, 0)];
    }

    private static long ReadSectors(string directory)
    {
        ReadOnlySpan<byte> text = Read(directory, "size", stackalloc byte[LargestFile]);
        return Utf8Parser.TryParse(text, out long number, out int length) && number is >= 0 and <= long.MaxValue / SectorSize
            && text[length..].Trim((byte)'\n').IsEmpty
            ? number
            : throw new InvalidDataException($"{directory}/size is '{Encoding.UTF8.GetString(text).Trim()}'");
    }
}
