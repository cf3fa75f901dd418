using System.Buffers.Binary;
using System.Text;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>A new, empty image.</summary>
/// <param name="Size">The disk's size in bytes; a multiple of 512.</param>
public sealed record Qcow2Creation(ulong Size)
{
    // The header lies in cluster 0 and the refcount table behind it.
    private const int FirstFreeCluster = 1;

    /// <summary>The backing file's name as it is to stand in the image; null for none.</summary>
    public string? BackingFile { get; init; }

    /// <summary>The backing file's format: <c>raw</c> or <c>qcow2</c>.</summary>
    public string BackingFormat { get; init; } = "raw";

    internal int ClusterBits { get; init; } = 16;

    internal int RefcountOrder { get; init; } = Qcow2Format.RefcountOrderV2;

    internal int Version { get; init; } = 3;

    /// <summary>Writes the image.</summary>
    /// <param name="file">An empty file, open for writing.</param>
    /// <exception cref="DiskFormatException">There is no such image: a size or name is out of range.</exception>
    /// <exception cref="LinuxException">It cannot be written.</exception>
    public void Write(FileDescriptor file)
    {
        Qcow2Geometry geometry = new(ClusterBits, RefcountOrder);
        Check(file.Name, geometry);
        ulong l1Entries = geometry.L1EntriesFor(Size);
        ulong l1Clusters = geometry.ClustersFor(l1Entries * Qcow2Format.EntrySize);
        Measure(geometry, l1Clusters, out ulong blocks, out ulong tableClusters);
        ulong table = FirstFreeCluster;
        ulong firstBlock = table + tableClusters;
        ulong l1 = firstBlock + blocks;
        ulong end = l1 + l1Clusters;
        Fail(file, FileSpace.Resize(file, 0));
        Fail(file, FileSpace.Resize(file, end << ClusterBits));
        byte[] cluster = new byte[geometry.ClusterSize];
        Span<byte> entry = stackalloc byte[Qcow2Format.EntrySize];
        for (ulong block = 0; block < blocks; block++)
        {
            Array.Clear(cluster);
            ulong from = block << geometry.BlockBits;
            for (ulong i = from; i < Math.Min(end, from + (1UL << geometry.BlockBits)); i++)
            {
                Qcow2RefcountBlock.Set(cluster, RefcountOrder, (int)(i - from), 1);
            }

            Fail(file, FileTransfer.WriteAll(file, cluster, (firstBlock + block) << ClusterBits));
            BinaryPrimitives.WriteUInt64BigEndian(entry, (firstBlock + block) << ClusterBits);
            Fail(file, FileTransfer.WriteAll(file, entry, (table << ClusterBits) + (block * Qcow2Format.EntrySize)));
        }

        Array.Clear(cluster);
        WriteHeader(cluster, table, tableClusters, l1, l1Entries);
        Fail(file, FileTransfer.WriteAll(file, cluster, 0));
        Fail(file, FileSpace.Flush(file));
    }

    private static void Fail(FileDescriptor file, int error)
    {
        if (error != 0)
        {
            throw new LinuxException("pwrite", file.Name, error);
        }
    }

    private static void Measure(Qcow2Geometry geometry, ulong l1Clusters, out ulong blocks, out ulong tableClusters)
    {
        blocks = 1;
        tableClusters = 1;
        while (true)
        {
            ulong clusters = FirstFreeCluster + tableClusters + blocks + l1Clusters;
            ulong needBlocks = (clusters + (1UL << geometry.BlockBits) - 1) >> geometry.BlockBits;
            ulong needTable = geometry.ClustersFor(needBlocks * Qcow2Format.EntrySize);
            if (needBlocks <= blocks && needTable <= tableClusters)
            {
                return;
            }

            blocks = needBlocks;
            tableClusters = needTable;
        }
    }

    private void Check(string name, Qcow2Geometry geometry)
    {
        ulong most = (ulong)Qcow2Format.MaxL1Bytes / Qcow2Format.EntrySize << geometry.L1Shift;
        if (Size == 0 || Size % 512 != 0 || Size > most)
        {
            throw new DiskFormatException(name, $"cannot be made with {Size} bytes of content: multiples of 512 up to {most} are possible");
        }

        int room = geometry.ClusterSize - Qcow2Format.HeaderSizeV3 - 24;
        int length = BackingFile is null ? 0 : Encoding.UTF8.GetByteCount(BackingFile);
        if (length > Math.Min(Qcow2Format.MaxBackingName, room))
        {
            throw new DiskFormatException(name, $"cannot name its backing file with {length} bytes; at most {Math.Min(Qcow2Format.MaxBackingName, room)} are possible");
        }
    }

    private void WriteHeader(Span<byte> header, ulong table, ulong tableClusters, ulong l1, ulong l1Entries)
    {
        void Word(Span<byte> at, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(at[offset..], value);
        void Long(Span<byte> at, int offset, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(at[offset..], value);

        int length = Version < 3 ? Qcow2Format.HeaderSizeV2 : Qcow2Format.HeaderSizeV3;
        Word(header, 0, Qcow2Format.Magic);
        Word(header, 4, (uint)Version);
        Word(header, 20, (uint)ClusterBits);
        Long(header, 24, Size);
        Word(header, 36, (uint)l1Entries);
        Long(header, 40, l1 << ClusterBits);
        Long(header, 48, table << ClusterBits);
        Word(header, 56, (uint)tableClusters);
        if (Version >= 3)
        {
            Word(header, 96, (uint)RefcountOrder);
            Word(header, 100, (uint)length);
        }

        if (BackingFile is not null)
        {
            Word(header, length, Qcow2Format.ExtensionBackingFormat);
            Word(header, length + 4, (uint)BackingFormat.Length);
            Encoding.ASCII.GetBytes(BackingFormat, header[(length + 8)..]);

            // Behind the format, which is at most eight bytes, and the end mark, which is zeros.
            int name = length + 24;
            Long(header, 8, (ulong)name);
            Word(header, 16, (uint)Encoding.UTF8.GetBytes(BackingFile, header[name..]));
        }
    }
}
