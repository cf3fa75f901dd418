using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Super.Making;

namespace MicrodroidInit.Tests.Machine;

/// <summary>super with system_a changed by hand, and its checksums right again.</summary>
internal static class TestSuper
{
    /// <summary>The first sector behind the metadata.</summary>
    public const ulong First = 56;

    private const int Metadata = 3 * 4096;

    /// <summary>system_a in extents of so many sectors, with 8 sectors between them.</summary>
    public static byte[] OfExtents(params ulong[] sizes) => OfExtentsApart(8, sizes);

    /// <summary>system_a in extents of so many sectors.</summary>
    /// <param name="gap">Sectors from the end of each to the next, which overlaps it when they are less than 0.</param>
    /// <param name="sizes">The sectors of each.</param>
    public static byte[] OfExtentsApart(int gap, params ulong[] sizes)
    {
        // As many partitions as extents, which are then all given to the first.
        var builder = new SuperImageBuilder { MetadataSize = 4096, Alignment = 4096, DeviceSize = 1 << 20 };
        builder.Add(new LogicalPartition("system_a", (long)sizes[0] * 512));
        for (int i = 1; i < sizes.Length; i++)
        {
            builder.Add(new LogicalPartition($"p{i}", (long)sizes[i] * 512));
        }

        SuperImage image = builder.Build();
        byte[] disk = new byte[image.Size];
        image.Start.CopyTo(disk, 0);
        Change(disk, (partitions, extents) =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(partitions[44..], (uint)sizes.Length);
            for (int i = 1; i < sizes.Length; i++)
            {
                // No other partition has what system_a has now.
                BinaryPrimitives.WriteUInt32LittleEndian(partitions[((52 * i) + 44)..], 0);
            }

            ulong place = First;
            for (int i = 0; i < sizes.Length; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(extents[((24 * i) + 12)..], place);
                place = (ulong)((long)(place + sizes[i]) + gap);
            }
        });
        return disk;
    }

    /// <summary>Changes an extent of system_a, in every copy.</summary>
    public static byte[] WithExtent(ulong sectors, uint type, ulong first)
    {
        byte[] disk = TestGuest.NewSuper(TestGuest.ImageSize + TestGuest.TreeSize);
        Change(disk, (_, extents) =>
        {
            BinaryPrimitives.WriteUInt64LittleEndian(extents, sectors);
            BinaryPrimitives.WriteUInt32LittleEndian(extents[8..], type);
            BinaryPrimitives.WriteUInt64LittleEndian(extents[12..], first);
        });
        return disk;
    }

    private delegate void TableChange(Span<byte> partitions, Span<byte> extents);

    private static void Change(byte[] disk, TableChange change)
    {
        // Two slots with a copy each.
        for (int copy = 0; copy < 4; copy++)
        {
            Span<byte> metadata = disk.AsSpan(Metadata + (4096 * copy), 4096);
            int header = (int)BinaryPrimitives.ReadUInt32LittleEndian(metadata[8..]), size = (int)BinaryPrimitives.ReadUInt32LittleEndian(metadata[44..]);
            Span<byte> tables = metadata.Slice(header, size);
            change(tables[(int)BinaryPrimitives.ReadUInt32LittleEndian(metadata[80..])..], tables[(int)BinaryPrimitives.ReadUInt32LittleEndian(metadata[92..])..]);
            SHA256.HashData(tables, metadata[48..]);
            metadata.Slice(12, 32).Clear();
            SHA256.HashData(metadata[..header], metadata[12..]);
        }
    }
}
