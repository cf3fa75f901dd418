namespace MicrodroidInit.Disks;

/// <summary>The text of /sys/class/block/NAME/uevent: a variable a line.</summary>
public static class DiskEvent
{
    /// <summary>Reads the text of a partition.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The partition's name in its disk's table; empty where it has none. The kernel keeps ASCII of it, without line ends.</param>
    /// <param name="partition">The partition, usable when the result is true.</param>
    /// <returns>Whether it is a partition, with all that is needed of it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out DiskPartition partition)
    {
        partition = default;
        name = default;
        bool isPartition = false, hasName = false, hasMajor = false, hasMinor = false;
        while (TextFile.TryTakeLine(ref text, out ReadOnlySpan<byte> line))
        {
            if (line.SequenceEqual("DEVTYPE=partition"u8))
            {
                isPartition = true;
            }
            else if (line.StartsWith("PARTNAME="u8))
            {
                name = line["PARTNAME=".Length..];
            }
            else if (line.StartsWith("DEVNAME="u8))
            {
                hasName = partition.TrySetName(line["DEVNAME=".Length..]);
            }
            else if (line.StartsWith("MAJOR="u8))
            {
                hasMajor = TextFile.TryReadNumber(line["MAJOR=".Length..], out uint major);
                partition.Major = major;
            }
            else if (line.StartsWith("MINOR="u8))
            {
                hasMinor = TextFile.TryReadNumber(line["MINOR=".Length..], out uint minor);
                partition.Minor = minor;
            }
        }

        return isPartition && hasName && hasMajor && hasMinor;
    }
}
