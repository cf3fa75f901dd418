using System.Buffers.Binary;
using System.Text;
using BootLoader.Cryptography;
using BootLoader.Super;

namespace Vmm.CommandLine.Image;

/// <summary>Says what is in a disk with logical partitions.</summary>
internal static class SuperReport
{
    /// <summary>Metadata of a slot that is looked into: more than lpmake's 64 KiB.</summary>
    private const int LargestMetadata = 1 << 20;

    /// <summary>Whether an image has logical partitions.</summary>
    /// <param name="start">Its first two pages.</param>
    public static bool Is(ReadOnlySpan<byte> start) =>
        start.Length >= LpFormat.ReservedSize + sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(start[LpFormat.ReservedSize..]) == LpFormat.GeometryMagic;

    /// <summary>Adds what the first slot says.</summary>
    /// <param name="image">The image.</param>
    /// <param name="fields">Takes name and value of each part.</param>
    /// <param name="problem">What is wrong, when nothing was before.</param>
    public static void Read(FileStream image, List<ImageField> fields, ref string? problem)
    {
        var store = new ImageStore(image);
        LpFault fault = LpMetadataReader.Read<ImageStore, HostCryptography>(ref store, 0, new byte[LargestMetadata], out LpMetadata metadata);
        if (fault != LpFault.None)
        {
            problem ??= $"logical partitions: {Words(fault)}";
            return;
        }

        fields.Add(new ImageField("version", $"{LpFormat.MajorVersion}.{metadata.MinorVersion}"));
        fields.Add(new ImageField("device", $"{Encoding.ASCII.GetString(metadata.DeviceName)}, {metadata.DeviceSize} bytes"));
        for (int i = 0; i < metadata.PartitionCount; i++)
        {
            LpPartition partition = metadata.Partition(i);
            string name = Encoding.ASCII.GetString(metadata.PartitionName(i));
            fields.Add(new ImageField(
                "partition", $"{name} ({partition.Attributes}), group {Encoding.ASCII.GetString(metadata.GroupName(partition.Group))}: {Extents(metadata, partition)}"));
        }
    }

    private static string Extents(in LpMetadata metadata, in LpPartition partition)
    {
        List<string> extents = [];
        for (int i = 0; i < partition.ExtentCount; i++)
        {
            LpExtent extent = metadata.Extent(partition, i);
            extents.Add(extent.IsZero ? $"{extent.Count} sectors of zeros" : $"sectors {extent.First} to {extent.First + extent.Count - 1}");
        }

        return extents.Count == 0 ? "empty" : string.Join(", ", extents);
    }

    private static string Words(LpFault fault) => fault switch
    {
        LpFault.DiskFailed => "the image cannot be read",
        LpFault.TooSmall => "the image ends before its metadata does",
        LpFault.NoGeometry => "there is no geometry",
        LpFault.BadGeometryChecksum => "the checksum of the geometry does not match",
        LpFault.BadGeometry => "the geometry makes no sense",
        LpFault.NoHeader => "there is no metadata",
        LpFault.BadVersion => $"the metadata is of another version than {LpFormat.MajorVersion}.0 to {LpFormat.MajorVersion}.{LpFormat.NewestMinorVersion}",
        LpFault.BadHeaderSize => "the header has another size than its version has",
        LpFault.BadHeaderChecksum => "the checksum of the header does not match",
        LpFault.BadTables => "the tables do not lie in the metadata",
        LpFault.TooLarge => $"the metadata has more than the {LargestMetadata} bytes that are looked into",
        LpFault.BadTablesChecksum => "the checksum of the tables does not match",
        LpFault.SeveralDevices => "they lie on several block devices, which is not supported",
        LpFault.BadDevice => "the image is smaller than the disk that they were made for, or they begin within the metadata",
        LpFault.BadPartition => "a partition makes no sense",
        _ => "an extent is empty or lies outside of the disk",
    };
}
