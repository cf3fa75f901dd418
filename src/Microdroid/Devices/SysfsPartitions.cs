using System.Globalization;

namespace Microdroid.Devices;

/// <summary>Partitions as the kernel found them: their names stand in <c>/sys/class/block/*/uevent</c>.</summary>
/// <param name="classDirectory">Where the kernel lists block devices.</param>
/// <param name="deviceDirectory">Where their nodes are.</param>
internal sealed class SysfsPartitions(string classDirectory = "/sys/class/block", string deviceDirectory = "/dev") : IPartitions
{
    // Of the size in sysfs, whatever the device's own blocks are (Documentation/ABI/stable/sysfs-block).
    private const int SectorSize = 512;

    /// <inheritdoc/>
    public Partition? Find(string label)
    {
        Partition? found = null;
        foreach (string directory in Directory.EnumerateFileSystemEntries(classDirectory).Order(StringComparer.Ordinal))
        {
            if (ReadLabel(directory) != label)
            {
                continue;
            }

            if (found is { } first)
            {
                throw new InvalidDataException($"two partitions are named '{label}': {first.Device} and {Path.GetFileName(directory)}");
            }

            string text = File.ReadAllText(Path.Combine(directory, "size")).Trim();
            long sectors = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= long.MaxValue / SectorSize
                ? number
                : throw new InvalidDataException($"{directory}/size is '{text}'");
            found = new Partition(label, Path.Combine(deviceDirectory, Path.GetFileName(directory)), sectors * SectorSize);
        }

        return found;
    }

    private static string? ReadLabel(string directory)
    {
        const string Key = "PARTNAME=";
        try
        {
            return File.ReadLines(Path.Combine(directory, "uevent")).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..];
        }
        catch (IOException)
        {
            return null; // The device went away, or is none.
        }
    }
}
