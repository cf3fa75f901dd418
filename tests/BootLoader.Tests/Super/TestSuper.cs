using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Cryptography;
using BootLoader.Super;
using BootLoader.Super.Making;

namespace BootLoader.Tests.Super;

/// <summary>A small disk with logical partitions, and what is found on it.</summary>
internal static class TestSuper
{
    public const int MetadataSize = 4096;
    public const int Geometry = 4096;
    public const int Metadata = 3 * 4096;
    public const int Tables = Metadata + 128;
    public const int Partition = Tables;
    public const int Extent = Tables + (3 * 52);
    public const int Group = Extent + (2 * 24);
    public const int Device = Group + (2 * 48);
    public const int End = Device + 64;

    /// <summary>system_a of 2 blocks at sector 56, system_b without extents, vendor_a of 1 block at sector 72; two slots.</summary>
    public static byte[] Disk()
    {
        SuperImage image = Builder(40960).Build();
        byte[] disk = new byte[image.Size];
        image.Start.CopyTo(disk, 0);
        return disk;
    }

    public static SuperImageBuilder Builder(long? size = null)
    {
        var builder = new SuperImageBuilder { DeviceSize = size, MetadataSize = MetadataSize, Alignment = 4096 };
        builder.AddGroup("guest", 1 << 20);
        builder.Add(new LogicalPartition("system_a", 5000) { Attributes = LpAttributes.Readonly, Group = "guest" });
        builder.Add(new LogicalPartition("system_b", 0) { Group = "guest" });
        builder.Add(new LogicalPartition("vendor_a", 4096));
        return builder;
    }

    public static string Find(byte[] disk, string name = "system_a", uint slot = 0, int memory = LpFormat.UsualMemory)
    {
        var store = new MemoryStore(disk);
        return Find(ref store, name, slot, memory);
    }

    /// <summary>What is found: the fault, or attributes and extents.</summary>
    public static string Find(ref MemoryStore store, string name = "system_a", uint slot = 0, int memory = LpFormat.UsualMemory)
    {
        LpFault fault = LpMetadataReader.Read<MemoryStore, HostCryptography>(ref store, slot, new byte[memory], out LpMetadata metadata);
        LpPartition partition = default;
        if (fault == LpFault.None)
        {
            fault = metadata.Find(System.Text.Encoding.ASCII.GetBytes(name), out partition);
        }

        if (fault != LpFault.None)
        {
            return $"{fault}";
        }

        string found = $"{partition.Attributes}";
        ulong sum = 0;
        for (int i = 0; i < partition.ExtentCount; i++)
        {
            LpExtent extent = metadata.Extent(partition, i);
            Assert.True(extent.IsZero || extent.First + extent.Count <= store.SectorCount, "an extent outside of the disk");
            Assert.True(extent.Count > 0, "an extent of nothing");
            found += extent.IsZero ? $" zero {extent.Count}" : $" {extent.First}+{extent.Count}";
            sum += extent.Count;
        }

        Assert.Equal(sum, partition.SectorCount);
        return found;
    }

    /// <summary>Leaves only the first copy of geometry and metadata, changes it, and makes its checksums right again.</summary>
    public static byte[] Changed(Action<byte[]> change, bool sum = true)
    {
        byte[] disk = Disk();
        disk.AsSpan(Geometry + 4096, 4096).Clear();
        disk.AsSpan(Metadata + MetadataSize, 3 * MetadataSize).Clear();
        change(disk);
        if (sum)
        {
            SumGeometry(disk);
            Sum(disk);
        }

        return disk;
    }

    public static void SumGeometry(byte[] disk) => SumOwn(disk.AsSpan(Geometry, 52), 8);

    public static void Sum(byte[] disk)
    {
        int size = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(disk.AsSpan(Metadata + 8)), 512);
        long tables = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(disk.AsSpan(Metadata + 44)), disk.Length - Metadata - size);
        SHA256.HashData(disk.AsSpan(Metadata + size, (int)tables), disk.AsSpan(Metadata + 48));
        SumOwn(disk.AsSpan(Metadata, Math.Max(size, 64)), 12);
    }

    public static void Put(byte[] disk, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(offset), value);

    public static void Put(byte[] disk, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(offset), value);

    private static void SumOwn(Span<byte> bytes, int offset)
    {
        bytes.Slice(offset, 32).Clear();
        SHA256.HashData(bytes, bytes[offset..]);
    }
}
