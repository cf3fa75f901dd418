using System.Buffers.Binary;
using BootLoader.Blocks;

namespace BootLoader.InstanceImage;

/// <summary>Finds and reads entries of an instance image. Nothing in it is trusted: neither lengths, nor that two reads see the same.</summary>
public static class InstanceImageReader
{
    /// <summary>Looks for an entry.</summary>
    /// <param name="store">The image.</param>
    /// <param name="uuid">16 bytes, in the order of RFC 4122.</param>
    /// <param name="header">
    /// Takes the 512 bytes of the entry's header as they were read, which is once: authenticate these, not what a second read would see.
    /// </param>
    /// <param name="entry">The entry. With <see cref="InstanceImageFault.NotFound"/> the free place; it may be behind the image's last sector.</param>
    /// <returns><see cref="InstanceImageFault.None"/>, <see cref="InstanceImageFault.NotFound"/>, or what is wrong with the image.</returns>
    public static InstanceImageFault Find<TStore>(ref TStore store, ReadOnlySpan<byte> uuid, Span<byte> header, out InstanceEntry entry)
        where TStore : struct, IBlockStore
    {
        entry = default;
        header = header[..InstanceImageFormat.EntryHeaderSize];
        InstanceImageFault fault = CheckHeader(ref store, header);
        if (fault != InstanceImageFault.None)
        {
            return fault;
        }

        ulong sectors = store.SectorCount;
        ulong place = 1;
        for (int count = 0; count <= InstanceImageFormat.MostEntries; count++)
        {
            if (place >= sectors)
            {
                entry = new InstanceEntry(place, 0);
                return InstanceImageFault.NotFound;
            }

            if (!store.Read(place, header))
            {
                return InstanceImageFault.DiskFailed;
            }

            ReadOnlySpan<byte> found = header[..InstanceImageFormat.UuidSize];
            if (found.SequenceEqual(InstanceImageFormat.Nil))
            {
                entry = new InstanceEntry(place, 0);
                return InstanceImageFault.NotFound;
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header[InstanceImageFormat.PayloadLengthOffset..]);
            ulong behind = sectors - place - 1;
            if (SectorsOf(length) > behind)
            {
                return InstanceImageFault.EntryOutside;
            }

            if (found.SequenceEqual(uuid))
            {
                entry = new InstanceEntry(place, length);
                return InstanceImageFault.None;
            }

            place += 1 + SectorsOf(length);
        }

        return InstanceImageFault.TooManyEntries;
    }

    /// <summary>Reads the payload of an entry that was found.</summary>
    /// <param name="store">The image.</param>
    /// <param name="entry">From <see cref="Find"/>.</param>
    /// <param name="payload">Filled whole; as long as the payload, or it is refused.</param>
    public static InstanceImageFault Read<TStore>(ref TStore store, InstanceEntry entry, Span<byte> payload)
        where TStore : struct, IBlockStore
    {
        if (entry.PayloadLength != (ulong)payload.Length)
        {
            return InstanceImageFault.BadLength;
        }

        int whole = payload.Length / Sectors.Size * Sectors.Size;
        if (whole > 0 && !store.Read(entry.HeaderSector + 1, payload[..whole]))
        {
            return InstanceImageFault.DiskFailed;
        }

        Span<byte> rest = payload[whole..];
        if (rest.Length == 0)
        {
            return InstanceImageFault.None;
        }

        Span<byte> last = stackalloc byte[Sectors.Size];
        if (!store.Read(entry.HeaderSector + 1 + (ulong)(whole / Sectors.Size), last))
        {
            return InstanceImageFault.DiskFailed;
        }

        last[..rest.Length].CopyTo(rest);
        for (int i = rest.Length; i < last.Length; i++)
        {
            if (last[i] != 0)
            {
                return InstanceImageFault.BadPadding;
            }
        }

        return InstanceImageFault.None;
    }

    /// <summary>The sectors that a payload takes.</summary>
    internal static ulong SectorsOf(ulong length) => (length / Sectors.Size) + (length % Sectors.Size == 0 ? 0UL : 1);

    private static InstanceImageFault CheckHeader<TStore>(ref TStore store, Span<byte> sector)
        where TStore : struct, IBlockStore
    {
        if (store.SectorCount == 0)
        {
            return InstanceImageFault.TooSmall;
        }

        if (!store.Read(0, sector))
        {
            return InstanceImageFault.DiskFailed;
        }

        if (!sector[..InstanceImageFormat.VersionOffset].SequenceEqual(InstanceImageFormat.Magic))
        {
            return InstanceImageFault.BadMagic;
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(sector[InstanceImageFormat.VersionOffset..]) == InstanceImageFormat.Version
            ? InstanceImageFault.None
            : InstanceImageFault.BadVersion;
    }
}
