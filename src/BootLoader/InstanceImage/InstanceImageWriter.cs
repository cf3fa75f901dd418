using System.Buffers.Binary;
using BootLoader.Blocks;

namespace BootLoader.InstanceImage;

/// <summary>Writes entries of an instance image.</summary>
public static class InstanceImageWriter
{
    /// <summary>The header of an entry.</summary>
    /// <param name="header">Takes 512 bytes.</param>
    /// <param name="uuid">16 bytes, in the order of RFC 4122.</param>
    /// <param name="payloadLength">In bytes.</param>
    public static void FormatHeader(Span<byte> header, ReadOnlySpan<byte> uuid, int payloadLength)
    {
        header = header[..InstanceImageFormat.EntryHeaderSize];
        header.Clear();
        uuid[..InstanceImageFormat.UuidSize].CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[InstanceImageFormat.PayloadLengthOffset..], (ulong)payloadLength);
    }

    /// <summary>Writes an entry: over the one with its UUID when there is one, which has to be of its length, else behind the last one.</summary>
    /// <param name="store">The image.</param>
    /// <param name="header">The entry's header, from <see cref="FormatHeader"/>.</param>
    /// <param name="payload">The entry's payload, of the length that the header gives.</param>
    /// <remarks>
    /// Of a new entry the payload is written first, and flushed, so that a loss of power between the two leaves the place free and not an entry that
    /// cannot be read.
    /// </remarks>
    public static InstanceImageFault Write<TStore>(ref TStore store, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
        where TStore : struct, IBlockStore
    {
        header = header[..InstanceImageFormat.EntryHeaderSize];
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[InstanceImageFormat.PayloadLengthOffset..]) != (ulong)payload.Length)
        {
            return InstanceImageFault.BadLength;
        }

        Span<byte> found = stackalloc byte[InstanceImageFormat.EntryHeaderSize];
        InstanceImageFault fault = InstanceImageReader.Find(ref store, header[..InstanceImageFormat.UuidSize], found, out InstanceEntry entry);
        switch (fault)
        {
            case InstanceImageFault.None when entry.PayloadLength != (ulong)payload.Length:
                return InstanceImageFault.BadLength;
            case InstanceImageFault.None:
            case InstanceImageFault.NotFound when HasRoom(store.SectorCount, entry.HeaderSector, payload.Length):
                break;
            case InstanceImageFault.NotFound:
                return InstanceImageFault.NoRoom;
            default:
                return fault;
        }

        return WritePayload(ref store, entry.HeaderSector + 1, payload) && store.Flush()
            && store.Write(entry.HeaderSector, header) && store.Flush()
                ? InstanceImageFault.None
                : InstanceImageFault.DiskFailed;
    }

    private static bool HasRoom(ulong sectors, ulong place, int length) =>
        place < sectors && InstanceImageReader.SectorsOf((ulong)length) <= sectors - place - 1;

    private static bool WritePayload<TStore>(ref TStore store, ulong sector, ReadOnlySpan<byte> payload)
        where TStore : struct, IBlockStore
    {
        int whole = payload.Length / Sectors.Size * Sectors.Size;
        if (whole > 0 && !store.Write(sector, payload[..whole]))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = payload[whole..];
        if (rest.Length == 0)
        {
            return true;
        }

        Span<byte> last = stackalloc byte[Sectors.Size];
        last.Clear();
        rest.CopyTo(last);
        return store.Write(sector + (ulong)(whole / Sectors.Size), last);
    }
}
