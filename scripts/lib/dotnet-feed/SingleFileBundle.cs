using System.Buffers.Binary;
using System.Text;

namespace DotnetFeed;

/// <summary>
/// A single-file .NET program: the host (an ELF file with the runtime linked in) followed by the assemblies it carries.
/// Format: dotnet/runtime, docs/design/features/host-components and Microsoft.NET.HostModel.Bundle (header version 6).
/// </summary>
internal sealed class SingleFileBundle
{
    private const int HeaderVersion = 6;

    /// <summary>Bytes between the bundle's identifier and its first file entry: two offset and size pairs, and flags.</summary>
    private const int HeaderTail = 40;

    /// <summary>Bytes the host reserves for the name of the program it starts.</summary>
    private const int NameLength = 64;

    /// <summary>What stands there in a host bound to no program; the SDK looks for it (SHA-256 of "foobar", in hex).</summary>
    private const string UnboundName = "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2";

    private readonly byte[] _data;
    private readonly int _marker;
    private readonly List<Entry> _entries;

    private SingleFileBundle(byte[] data, int marker, List<Entry> entries)
    {
        _data = data;
        _marker = marker;
        _entries = entries;
    }

    /// <summary>SHA-256 of ".net core bundle": stands in the host right behind the offset of the bundle's header.</summary>
    private static ReadOnlySpan<byte> Marker =>
    [
        0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32,
        0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
    ];

    public static SingleFileBundle Open(string path)
    {
        byte[] data = File.ReadAllBytes(path);
        int marker = data.AsSpan().IndexOf(Marker);
        if (marker < sizeof(long))
        {
            throw new FeedException($"{path}: no bundle marker; it is not a single-file .NET program");
        }

        using var reader = new BinaryReader(new MemoryStream(data, writable: false), Encoding.UTF8);
        reader.BaseStream.Position = BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(marker - sizeof(long)));
        uint version = reader.ReadUInt32();
        if (version != HeaderVersion)
        {
            throw new FeedException($"{path}: bundle header version {version}, known is {HeaderVersion}");
        }

        reader.ReadUInt32();
        int count = reader.ReadInt32();
        reader.ReadString();
        reader.BaseStream.Position += HeaderTail;
        var entries = new List<Entry>(count);
        for (int i = 0; i < count; i++)
        {
            long offset = reader.ReadInt64(), size = reader.ReadInt64(), compressedSize = reader.ReadInt64();
            reader.ReadByte();
            entries.Add(new Entry(offset, size, compressedSize, reader.ReadString()));
        }

        return new SingleFileBundle(data, marker, entries);
    }

    /// <summary>Writes one carried file, named by its path in the bundle.</summary>
    public void Extract(string name, string output)
    {
        Entry entry = _entries.Find(e => e.Path == name) ?? throw new FeedException($"the bundle carries no {name}");
        if (entry.CompressedSize != 0)
        {
            throw new FeedException($"{name} is compressed in the bundle; known are uncompressed bundles");
        }

        File.WriteAllBytes(output, _data.AsSpan((int)entry.Offset, (int)entry.Size));
    }

    /// <summary>Writes the host as it was before a program was bound to it.</summary>
    public void WriteUnboundHost(string output)
    {
        // The ELF file ends with its section header table; what follows is the bundle.
        long table = BinaryPrimitives.ReadInt64LittleEndian(_data.AsSpan(0x28));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(_data.AsSpan(0x3a));
        int entryCount = BinaryPrimitives.ReadUInt16LittleEndian(_data.AsSpan(0x3c));
        long end = table + ((long)entrySize * entryCount);
        long first = _entries.Min(e => e.Offset);
        if (first < end || first - end > 65536)
        {
            throw new FeedException($"the host ends at {end} but the first carried file starts at {first}");
        }

        byte[] host = _data[..(int)end];
        host.AsSpan(_marker - sizeof(long), sizeof(long)).Clear();
        Span<byte> name = host.AsSpan(_marker + Marker.Length + sizeof(long), NameLength);
        if (!name[..name.IndexOf((byte)0)].EndsWith(".dll"u8))
        {
            throw new FeedException("no program name where the host keeps it");
        }

        name.Clear();
        Encoding.ASCII.GetBytes(UnboundName, name);
        File.WriteAllBytes(output, host);
    }

    private sealed record Entry(long Offset, long Size, long CompressedSize, string Path);
}
