using System.Buffers.Binary;
using System.Text;

namespace BootLoader.AndroidBoot;

/// <summary>A vendor boot image of version 3 or 4 (Android, system/tools/mkbootimg, bootimg.h): ramdisks, device trees and bootconfig of the device.</summary>
public sealed class VendorBootImage
{
    private const int HeaderSizeV3 = 2112, HeaderSizeV4 = 2128, CmdlineOffset = 28, CmdlineSize = 2048, NameOffset = 2080, NameSize = 16, EntrySize = 108;

    /// <summary>The version of the header: 3 or 4.</summary>
    public int Version { get; init; } = 4;

    /// <summary>Bytes of a page, from which each part begins: a power of two from 2048 to 65,536.</summary>
    public int PageSize { get; init; } = 4096;

    /// <summary>Where the kernel is to be loaded.</summary>
    public uint KernelAddress { get; init; }

    /// <summary>Where the ramdisk is to be loaded.</summary>
    public uint RamdiskAddress { get; init; }

    /// <summary>Where tags are to be put (ARM).</summary>
    public uint TagsAddress { get; init; }

    /// <summary>Where the device tree is to be loaded.</summary>
    public ulong DeviceTreeAddress { get; init; }

    /// <summary>Kernel parameters, without a NUL; at most 2047 bytes.</summary>
    public ReadOnlyMemory<byte> Cmdline { get; init; }

    /// <summary>The board's name, at most 15 bytes.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>The ramdisks in order; version 3 has one.</summary>
    public IReadOnlyList<VendorRamdisk> Ramdisks { get; init; } = [];

    /// <summary>The device trees.</summary>
    public ReadOnlyMemory<byte> DeviceTree { get; init; }

    /// <summary>Parameters for bootconfig, without trailer; version 4.</summary>
    public ReadOnlyMemory<byte> Bootconfig { get; init; }

    /// <summary>What a vendor boot image begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "VNDRBOOT"u8;

    /// <summary>Takes an image apart; bytes after it are left alone.</summary>
    /// <exception cref="AndroidBootException">It is none, of another version, or its parts do not lie in it.</exception>
    public static VendorBootImage Read(ReadOnlyMemory<byte> image)
    {
        ReadOnlySpan<byte> bytes = image.Span;
        if (bytes.Length < HeaderSizeV3 || !bytes.StartsWith(Magic))
        {
            throw new AndroidBootException("not an Android vendor boot image");
        }

        uint version = BootImage.Word(bytes, 8), pageSize = BootImage.Word(bytes, 12);
        if (version is not (3 or 4))
        {
            throw new AndroidBootException($"an Android vendor boot image of version {version}; versions 3 and 4 are understood");
        }

        int headerSize = version == 3 ? HeaderSizeV3 : HeaderSizeV4;
        if (BootImage.Word(bytes, 2096) != headerSize)
        {
            throw new AndroidBootException($"its header claims {BootImage.Word(bytes, 2096)} bytes; version {version} has {headerSize}");
        }

        CheckPageSize(pageSize);
        var pages = new PagedReader(image, pageSize);
        pages.Take("header", (uint)headerSize);
        ReadOnlyMemory<byte> ramdisk = pages.Take("ramdisk", BootImage.Word(bytes, 24)), tree = pages.Take("device tree", BootImage.Word(bytes, 2100));
        ReadOnlyMemory<byte> table = default, bootconfig = default;
        if (version == 4)
        {
            table = pages.Take("ramdisk table", BootImage.Word(bytes, 2112));
            bootconfig = pages.Take("bootconfig", BootImage.Word(bytes, 2124));
        }

        return new VendorBootImage
        {
            Version = (int)version,
            PageSize = (int)pageSize,
            KernelAddress = BootImage.Word(bytes, 16),
            RamdiskAddress = BootImage.Word(bytes, 20),
            Cmdline = BootImage.Text(image.Slice(CmdlineOffset, CmdlineSize)),
            TagsAddress = BootImage.Word(bytes, 2076),
            Name = BootImage.Text(image.Slice(NameOffset, NameSize)),
            DeviceTreeAddress = BinaryPrimitives.ReadUInt64LittleEndian(bytes[2104..]),
            Ramdisks = version == 3
                ? [new VendorRamdisk(VendorRamdiskKind.None, "", ramdisk, [])]
                : ReadTable(ramdisk, table, BootImage.Word(bytes, 2116), BootImage.Word(bytes, 2120)),
            DeviceTree = tree,
            Bootconfig = bootconfig,
        };
    }

    /// <summary>Makes the image.</summary>
    /// <exception cref="AndroidBootException">The parts do not fit the version.</exception>
    public byte[] Write()
    {
        if (Version is not (3 or 4) || (Version == 3 && (!Bootconfig.IsEmpty || Ramdisks.Count > 1)))
        {
            throw new AndroidBootException($"a vendor boot image of version {Version} with {Ramdisks.Count} ramdisks and {Bootconfig.Length} bytes of bootconfig cannot be made");
        }

        CheckPageSize((uint)PageSize);
        byte[] ramdisk = [.. Ramdisks.SelectMany(static one => one.Content.ToArray())], header = new byte[Version == 3 ? HeaderSizeV3 : HeaderSizeV4];
        Magic.CopyTo(header);
        BootImage.SetWord(header, 8, Version);
        BootImage.SetWord(header, 12, PageSize);
        BootImage.SetWord(header, 16, (int)KernelAddress);
        BootImage.SetWord(header, 20, (int)RamdiskAddress);
        BootImage.SetWord(header, 24, ramdisk.Length);
        BootImage.PutText("cmdline", Cmdline, header.AsSpan(CmdlineOffset, CmdlineSize));
        BootImage.SetWord(header, 2076, (int)TagsAddress);
        BootImage.PutText("name", Name, header.AsSpan(NameOffset, NameSize));
        BootImage.SetWord(header, 2096, header.Length);
        BootImage.SetWord(header, 2100, DeviceTree.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(2104), DeviceTreeAddress);
        byte[] table = [];
        if (Version == 4)
        {
            table = WriteTable();
            BootImage.SetWord(header, 2112, table.Length);
            BootImage.SetWord(header, 2116, Ramdisks.Count);
            BootImage.SetWord(header, 2120, EntrySize);
            BootImage.SetWord(header, 2124, Bootconfig.Length);
        }

        return PagedWriter.Join(PageSize, header, ramdisk, DeviceTree, table, Bootconfig);
    }

    private static List<VendorRamdisk> ReadTable(ReadOnlyMemory<byte> ramdisk, ReadOnlyMemory<byte> table, uint count, uint entrySize)
    {
        if (entrySize != EntrySize || (ulong)count * EntrySize != (ulong)table.Length)
        {
            throw new AndroidBootException($"its ramdisk table of {table.Length} bytes is not {count} entries of {EntrySize} bytes but of {entrySize}");
        }

        var ramdisks = new List<VendorRamdisk>();
        for (int i = 0; i < count; i++)
        {
            ReadOnlyMemory<byte> entry = table.Slice(i * EntrySize, EntrySize);
            uint size = BootImage.Word(entry.Span, 0), offset = BootImage.Word(entry.Span, 4);
            if (offset > ramdisk.Length || size > ramdisk.Length - offset)
            {
                throw new AndroidBootException($"its ramdisk {i} has {size} bytes from byte {offset} on; all of them have {ramdisk.Length} bytes");
            }

            uint[] board = new uint[VendorRamdisk.BoardIdWords];
            for (int word = 0; word < board.Length; word++)
            {
                board[word] = BootImage.Word(entry.Span, 44 + (4 * word));
            }

            string name = Encoding.ASCII.GetString(BootImage.Text(entry.Slice(12, 32)).Span);
            ramdisks.Add(new VendorRamdisk((VendorRamdiskKind)BootImage.Word(entry.Span, 8), name, ramdisk.Slice((int)offset, (int)size), board));
        }

        return ramdisks;
    }

    private static void CheckPageSize(uint pageSize)
    {
        if (pageSize is < 2048 or > 65536 || (pageSize & (pageSize - 1)) != 0)
        {
            throw new AndroidBootException($"a page of {pageSize} bytes; a power of two from 2048 to 65536 is possible");
        }
    }

    private byte[] WriteTable()
    {
        byte[] table = new byte[Ramdisks.Count * EntrySize];
        int offset = 0;
        for (int i = 0; i < Ramdisks.Count; i++)
        {
            VendorRamdisk ramdisk = Ramdisks[i];
            int at = i * EntrySize;
            BootImage.SetWord(table, at, ramdisk.Content.Length);
            BootImage.SetWord(table, at + 4, offset);
            BootImage.SetWord(table, at + 8, (int)ramdisk.Kind);
            BootImage.PutText("ramdisk's name", Encoding.ASCII.GetBytes(ramdisk.Name), table.AsSpan(at + 12, 32));
            for (int word = 0; word < Math.Min(ramdisk.BoardId.Count, VendorRamdisk.BoardIdWords); word++)
            {
                BootImage.SetWord(table, at + 44 + (4 * word), (int)ramdisk.BoardId[word]);
            }

            offset += ramdisk.Content.Length;
        }

        return table;
    }
}
