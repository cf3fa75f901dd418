using System.Buffers.Binary;

namespace BootLoader.Fdt;

/// <summary>A flattened device tree in place, checked once when opened. Allocates nothing and throws nothing, so the firmware shares it.</summary>
/// <remarks>
/// The bytes must not change while they are read: then every node and property found later is well formed. If they do change, reads
/// still stay inside the blob, but may end early.
/// </remarks>
public readonly ref struct FdtReader
{
    private readonly ReadOnlySpan<byte> _reservations;

    private FdtReader(ReadOnlySpan<byte> blob, ReadOnlySpan<byte> reservations, ReadOnlySpan<byte> structure, ReadOnlySpan<byte> strings)
    {
        Blob = blob;
        _reservations = reservations;
        Structure = structure;
        Strings = strings;
        BootCpuId = BinaryPrimitives.ReadUInt32BigEndian(blob[28..]);
    }

    /// <summary>The blob, cut to the length that its header gives.</summary>
    public ReadOnlySpan<byte> Blob { get; }

    /// <summary>Physical id (<c>reg</c>) of the boot CPU.</summary>
    public uint BootCpuId { get; }

    /// <summary>The number of memory reservations.</summary>
    public int ReservationCount => _reservations.Length / FdtFormat.FDT_RESERVE_ENTRY_SIZE;

    /// <summary>The root node.</summary>
    public FdtNodeView Root => new(Structure, Strings, default, RootContent());

    internal ReadOnlySpan<byte> Structure { get; }

    internal ReadOnlySpan<byte> Strings { get; }

    /// <summary>Checks a whole blob: header, reservations, every token, name and nesting. Bytes after the header's length are left alone.</summary>
    /// <param name="blob">The blob, at any alignment.</param>
    /// <param name="reader">The tree; usable only when no fault is returned.</param>
    public static FdtFault Open(ReadOnlySpan<byte> blob, out FdtReader reader)
    {
        reader = default;
        FdtFault fault = ReadHeader(blob, out Header header);
        if (!fault.IsNone)
        {
            return fault;
        }

        blob = blob[..header.TotalSize];
        ReadOnlySpan<byte> reservations = blob[header.Reservations..];
        int count = CountReservations(reservations);
        if (count < 0)
        {
            return new FdtFault(FdtError.BadReservations, header.Reservations);
        }

        reader = new FdtReader(
            blob,
            reservations[..(count * FdtFormat.FDT_RESERVE_ENTRY_SIZE)],
            blob.Slice(header.Structure, header.StructureSize),
            blob.Slice(header.Strings, header.StringsSize));
        fault = FdtValidator.Check(reader.Structure, reader.Strings);
        return fault.IsNone ? fault : new FdtFault(fault.Error, header.Structure + fault.Offset);
    }

    /// <summary>One memory reservation, by index from 0 to <see cref="ReservationCount"/> - 1.</summary>
    public FdtReservation Reservation(int index)
    {
        ReadOnlySpan<byte> entry = _reservations.Slice(index * FdtFormat.FDT_RESERVE_ENTRY_SIZE, FdtFormat.FDT_RESERVE_ENTRY_SIZE);
        return new FdtReservation(BinaryPrimitives.ReadUInt64BigEndian(entry), BinaryPrimitives.ReadUInt64BigEndian(entry[8..]));
    }

    /// <summary>Finds a node by full path.</summary>
    /// <param name="path">For example <c>/cpus/cpu@0</c>; a component without unit address names the first node that has one.</param>
    /// <param name="node">The node, when found.</param>
    public bool TryFind(ReadOnlySpan<byte> path, out FdtNodeView node)
    {
        node = Root;
        if (path.Length == 0 || path[0] != (byte)'/')
        {
            return false;
        }

        path = path[1..];
        while (path.Length > 0)
        {
            int slash = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? path : path[..slash];
            path = slash < 0 ? default : path[(slash + 1)..];
            if (name.Length > 0 && !node.TryGetChild(name, out node))
            {
                return false;
            }
        }

        return true;
    }

    private int RootContent()
    {
        var cursor = new FdtCursor(Structure, 0);
        return cursor.Read() ? cursor.Next : Structure.Length;
    }

    private static FdtFault ReadHeader(ReadOnlySpan<byte> blob, out Header header)
    {
        header = default;
        if (blob.Length < FdtFormat.FDT_V16_SIZE)
        {
            bool magic = blob.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(blob) == FdtFormat.FDT_MAGIC;
            return new FdtFault(magic || blob.Length < 4 ? FdtError.Truncated : FdtError.BadMagic, 0);
        }

        if (Word(blob, 0) != FdtFormat.FDT_MAGIC)
        {
            return new FdtFault(FdtError.BadMagic, 0);
        }

        uint total = Word(blob, 4), version = Word(blob, 20);
        if (version < FdtFormat.FDT_FIRST_SUPPORTED_VERSION || Word(blob, 24) > FdtFormat.FDT_LAST_SUPPORTED_VERSION)
        {
            return new FdtFault(FdtError.BadVersion, 20);
        }

        uint headerSize = version >= 17 ? FdtFormat.FDT_V17_SIZE : (uint)FdtFormat.FDT_V16_SIZE;
        if (total > (uint)blob.Length || total < headerSize)
        {
            return new FdtFault(total < headerSize ? FdtError.BadLayout : FdtError.Truncated, 4);
        }

        uint structure = Word(blob, 8), strings = Word(blob, 12), reservations = Word(blob, 16), stringsSize = Word(blob, 32);
        uint structureSize = version >= 17 ? Word(blob, 36) : total - Math.Min(structure, total);
        if (structure % 4 != 0 || structure < headerSize || (ulong)structure + structureSize > total)
        {
            return new FdtFault(FdtError.BadLayout, 8);
        }

        if (strings < headerSize || (ulong)strings + stringsSize > total)
        {
            return new FdtFault(FdtError.BadLayout, 12);
        }

        if (reservations % 8 != 0 || reservations < headerSize || reservations > total)
        {
            return new FdtFault(FdtError.BadLayout, 16);
        }

        header = new Header((int)total, (int)reservations, (int)structure, (int)structureSize, (int)strings, (int)stringsSize);
        return default;
    }

    private static uint Word(ReadOnlySpan<byte> blob, int offset) => BinaryPrimitives.ReadUInt32BigEndian(blob[offset..]);

    private static int CountReservations(ReadOnlySpan<byte> block)
    {
        for (int count = 0; block.Length >= FdtFormat.FDT_RESERVE_ENTRY_SIZE; count++)
        {
            if (BinaryPrimitives.ReadUInt64BigEndian(block) == 0 && BinaryPrimitives.ReadUInt64BigEndian(block[8..]) == 0)
            {
                return count;
            }

            block = block[FdtFormat.FDT_RESERVE_ENTRY_SIZE..];
        }

        return -1;
    }

    private readonly struct Header(int totalSize, int reservations, int structure, int structureSize, int strings, int stringsSize)
    {
        public int TotalSize { get; } = totalSize;

        public int Reservations { get; } = reservations;

        public int Structure { get; } = structure;

        public int StructureSize { get; } = structureSize;

        public int Strings { get; } = strings;

        public int StringsSize { get; } = stringsSize;
    }
}
