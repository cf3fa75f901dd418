using System.Buffers.Binary;
using System.IO.Compression;
using BootLoader.Sources;

namespace BootLoader.Zip;

/// <summary>
/// Reads an archive by its central directory, and strictly: every local header must say the same, no two entries may share bytes or names, and
/// what could be understood in two ways is refused. Nothing but headers is read before an entry is opened.
/// </summary>
public sealed class ZipArchiveReader
{
    /// <summary>More than 65,534 entries with names of usual length have.</summary>
    private const int LargestDirectory = 64 << 20;

    private readonly RandomAccessSource _source;
    private readonly Dictionary<string, ZipEntry> _byName;

    private ZipArchiveReader(RandomAccessSource source, ZipSections sections, List<ZipEntry> entries, Dictionary<string, ZipEntry> byName)
    {
        _source = source;
        _byName = byName;
        Sections = sections;
        Entries = entries;
    }

    /// <summary>Where its parts lie.</summary>
    public ZipSections Sections { get; }

    /// <summary>The entries, in the order of the central directory.</summary>
    public IReadOnlyList<ZipEntry> Entries { get; }

    /// <summary>Opens an archive.</summary>
    /// <param name="source">The archive, to its last byte; stays open as long as entries are read.</param>
    /// <exception cref="ZipException">It is no archive, a broken one, or has what is not supported.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static ZipArchiveReader Open(RandomAccessSource source)
    {
        ZipSections sections = ZipSections.Find(source);
        long size = sections.EndOffset - sections.CentralDirectoryOffset;
        if (size > LargestDirectory)
        {
            throw new ZipException($"a central directory of {size} bytes: at most {LargestDirectory} are read");
        }

        ReadOnlySpan<byte> rest = source.ReadExactly(sections.CentralDirectoryOffset, (int)size);
        var entries = new List<ZipEntry>(sections.EntryCount);
        var extents = new List<(long Begin, long End, string Name)>(sections.EntryCount);
        var byName = new Dictionary<string, ZipEntry>(sections.EntryCount, StringComparer.Ordinal);
        for (int i = 0; i < sections.EntryCount; i++)
        {
            ZipCentralHeader header = ZipCentralHeader.Take(ref rest);
            ZipEntry entry = ReadLocal(source, sections, header);
            if (!byName.TryAdd(header.Name.TrimEnd('/'), entry))
            {
                throw new ZipException($"two entries have the name '{ZipName.Shown(header.Name)}'");
            }

            extents.Add((header.LocalOffset, entry.DataOffset + entry.CompressedSize, entry.Name));
            entries.Add(entry);
        }

        if (!rest.IsEmpty)
        {
            throw new ZipException($"{rest.Length} bytes follow the {sections.EntryCount} entries of the central directory");
        }

        CheckOverlap(extents);
        CheckParents(byName);
        return new ZipArchiveReader(source, sections, entries, byName);
    }

    /// <summary>Finds an entry; null when there is none.</summary>
    /// <param name="name">Its whole name; a directory's with or without the slash at its end.</param>
    public ZipEntry? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.GetValueOrDefault(name.TrimEnd('/'));
    }

    /// <summary>Opens an entry to read it from its beginning. A reader who comes to its end knows that its sum is right.</summary>
    /// <param name="entry">An entry of this archive.</param>
    /// <returns>A stream that throws <see cref="ZipException"/> when the content is not what the archive says of it.</returns>
    public Stream OpenEntry(ZipEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Stream raw = _source.Slice(entry.DataOffset, entry.CompressedSize).AsStream();
        return new ZipEntryStream(entry.Method == ZipMethod.Deflated ? new DeflateStream(raw, CompressionMode.Decompress) : raw, entry);
    }

    /// <summary>Reads an entry whole.</summary>
    /// <param name="entry">An entry of this archive.</param>
    /// <param name="limit">Bytes that it may have.</param>
    /// <exception cref="ZipException">It has more, or is not what the archive says of it.</exception>
    public byte[] ReadEntry(ZipEntry entry, int limit)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Size > limit)
        {
            throw new ZipException($"the entry '{ZipName.Shown(entry.Name)}' has {entry.Size} bytes: at most {limit} are read");
        }

        byte[] bytes = new byte[entry.Size];
        using Stream stream = OpenEntry(entry);
        stream.ReadExactly(bytes);
        // The read past the end is the one that compares the sum.
        return stream.ReadByte() < 0 ? bytes : throw new ZipException($"the entry '{ZipName.Shown(entry.Name)}' is longer than the archive says");
    }

    private static ZipEntry ReadLocal(RandomAccessSource source, ZipSections sections, in ZipCentralHeader header)
    {
        string shown = ZipName.Shown(header.Name);
        if (header.LocalOffset + ZipFormat.LocalSize > sections.CentralDirectoryOffset)
        {
            throw new ZipException($"the entry '{shown}' at byte {header.LocalOffset} does not lie before the central directory");
        }

        Span<byte> local = stackalloc byte[ZipFormat.LocalSize];
        source.ReadExactly(header.LocalOffset, local);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(local[26..]), extraLength = BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        long data = header.LocalOffset + ZipFormat.LocalSize + nameLength + extraLength;
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != ZipFormat.LocalSignature
            || data > sections.CentralDirectoryOffset || header.CompressedSize > sections.CentralDirectoryOffset - data)
        {
            throw new ZipException($"the entry '{shown}' of {header.CompressedSize} bytes at byte {header.LocalOffset} does not lie whole before the central directory");
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(local[6..]);
        bool isLater = (header.Flags & ZipFormat.DataDescriptor) != 0;
        bool same = flags == header.Flags
            && BinaryPrimitives.ReadUInt16LittleEndian(local[8..]) == (int)header.Method
            && IsSame(BinaryPrimitives.ReadUInt32LittleEndian(local[14..]), header.Crc32, isLater)
            && IsSame(BinaryPrimitives.ReadUInt32LittleEndian(local[18..]), header.CompressedSize, isLater)
            && IsSame(BinaryPrimitives.ReadUInt32LittleEndian(local[22..]), header.Size, isLater)
            && nameLength == header.NameBytes.Length
            && source.ReadExactly(header.LocalOffset + ZipFormat.LocalSize, nameLength).AsSpan().SequenceEqual(header.NameBytes);
        if (!same)
        {
            throw new ZipException($"the entry '{shown}' says something else in its own header than in the central directory");
        }

        return new ZipEntry
        {
            Name = header.Name,
            Method = header.Method,
            Crc32 = header.Crc32,
            CompressedSize = header.CompressedSize,
            Size = header.Size,
            DataOffset = data,
            UnixMode = header.UnixMode,
        };
    }

    /// <summary>A field of a local header may be left to the data descriptor, and is 0 then.</summary>
    private static bool IsSame(uint local, long central, bool isLater) => local == central || (isLater && local == 0);

    private static void CheckOverlap(List<(long Begin, long End, string Name)> extents)
    {
        extents.Sort(static (one, other) => one.Begin.CompareTo(other.Begin));
        for (int i = 1; i < extents.Count; i++)
        {
            if (extents[i].Begin < extents[i - 1].End)
            {
                throw new ZipException($"the entries '{ZipName.Shown(extents[i - 1].Name)}' and '{ZipName.Shown(extents[i].Name)}' share bytes");
            }
        }
    }

    private static void CheckParents(Dictionary<string, ZipEntry> byName)
    {
        foreach (string name in byName.Keys)
        {
            for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
            {
                if (byName.TryGetValue(name[..slash], out ZipEntry? parent) && !parent.IsDirectory)
                {
                    throw new ZipException($"the entry '{ZipName.Shown(name)}' lies in '{ZipName.Shown(parent.Name)}', which is a file");
                }
            }
        }
    }
}
