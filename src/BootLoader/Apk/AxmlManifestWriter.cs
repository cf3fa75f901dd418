using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Apk;

/// <summary>Writes the least AndroidManifest.xml that Android's own tools accept, as binary XML.</summary>
internal static class AxmlManifestWriter
{
    // Names of Android's attributes come first: the resource map goes by the same index. Within an element, attributes are sorted by resource.
    private static readonly (string Name, uint Resource)[] s_attributes =
    [
        ("hasCode", AxmlFormat.HasCode), ("minSdkVersion", AxmlFormat.MinSdkVersion), ("versionCode", AxmlFormat.VersionCode),
        ("versionName", AxmlFormat.VersionName), ("versionCodeMajor", AxmlFormat.VersionCodeMajor),
    ];

    public static byte[] Write(AndroidManifest manifest)
    {
        string[] strings =
        [
            .. s_attributes.Select(static attribute => attribute.Name),
            "android", AxmlFormat.AndroidNamespace, "package", "manifest", "uses-sdk", "application", manifest.Package, manifest.VersionName ?? "",
        ];
        var attributes = new List<byte[]> { Number(strings, "versionCode", (uint)manifest.VersionCode) };
        if (manifest.VersionName is not null)
        {
            attributes.Add(Attribute(strings, AxmlFormat.AndroidNamespace, "versionName", AxmlFormat.TypeString, (uint)(strings.Length - 1)));
        }

        if (manifest.VersionCode > uint.MaxValue)
        {
            attributes.Add(Number(strings, "versionCodeMajor", (uint)(manifest.VersionCode >> 32)));
        }

        attributes.Add(Attribute(strings, null, "package", AxmlFormat.TypeString, (uint)(strings.Length - 2)));
        byte[] prefix = [.. Word(Index(strings, "android")), .. Word(Index(strings, AxmlFormat.AndroidNamespace))];
        byte[] content =
        [
            .. StringPool(strings),
            .. Chunk(AxmlFormat.ResourceMap, AxmlFormat.ChunkHeader, [.. s_attributes.SelectMany(static attribute => Word(attribute.Resource))]),
            .. Node(AxmlFormat.StartNamespace, prefix),
            .. Start(strings, "manifest", attributes),
            .. Start(strings, "uses-sdk", [Number(strings, "minSdkVersion", ApkSigner.FirstSdk)]),
            .. End(strings, "uses-sdk"),
            .. Start(strings, "application", [Attribute(strings, AxmlFormat.AndroidNamespace, "hasCode", AxmlFormat.TypeIntBoolean, 0)]),
            .. End(strings, "application"),
            .. End(strings, "manifest"),
            .. Node(AxmlFormat.EndNamespace, prefix),
        ];
        return Chunk(AxmlFormat.Xml, AxmlFormat.ChunkHeader, content);
    }

    private static byte[] StringPool(string[] strings)
    {
        var offsets = new List<byte>();
        var data = new List<byte>();
        foreach (string text in strings)
        {
            offsets.AddRange(Word((uint)data.Count));
            byte[] units = Encoding.Unicode.GetBytes(text);
            data.AddRange(units.Length / 2 < 0x8000
                ? [(byte)(units.Length / 2), (byte)(units.Length / 2 >> 8)]
                : throw new ApkException($"a text of {units.Length / 2} characters is too long for a manifest"));
            data.AddRange(units);
            data.AddRange([0, 0]);
        }

        data.AddRange(new byte[-data.Count & 3]);
        uint start = (uint)(AxmlFormat.StringPoolHeader + offsets.Count);
        return Chunk(
            AxmlFormat.StringPool,
            AxmlFormat.StringPoolHeader,
            [.. Word((uint)strings.Length), .. Word(0), .. Word(0), .. Word(start), .. Word(0), .. offsets, .. data]);
    }

    private static byte[] Start(string[] strings, string name, List<byte[]> attributes) => Node(
        AxmlFormat.StartElement,
        [
            .. Word(AxmlFormat.None), .. Word(Index(strings, name)),
            AxmlFormat.ElementHeader, 0, AxmlFormat.Attribute, 0, (byte)attributes.Count, 0, 0, 0, 0, 0, 0, 0,
            .. attributes.SelectMany(static attribute => attribute),
        ]);

    private static byte[] End(string[] strings, string name) => Node(AxmlFormat.EndElement, [.. Word(AxmlFormat.None), .. Word(Index(strings, name))]);

    private static byte[] Number(string[] strings, string name, uint value) =>
        Attribute(strings, AxmlFormat.AndroidNamespace, name, AxmlFormat.TypeIntDec, value);

    private static byte[] Attribute(string[] strings, string? ns, string name, byte type, uint value) =>
    [
        .. Word(ns is null ? AxmlFormat.None : Index(strings, ns)), .. Word(Index(strings, name)),
        .. Word(type == AxmlFormat.TypeString ? value : AxmlFormat.None), 8, 0, 0, type, .. Word(type == AxmlFormat.TypeIntBoolean && value != 0 ? uint.MaxValue : value),
    ];

    private static byte[] Node(ushort type, byte[] content) => Chunk(type, AxmlFormat.NodeHeader, [.. Word(1), .. Word(AxmlFormat.None), .. content]);

    /// <summary>A chunk; what its header has beside type and sizes comes first in the content.</summary>
    private static byte[] Chunk(ushort type, int header, byte[] content)
    {
        byte[] chunk = new byte[AxmlFormat.ChunkHeader + content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(chunk, type);
        BinaryPrimitives.WriteUInt16LittleEndian(chunk.AsSpan(2), (ushort)header);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(4), (uint)chunk.Length);
        content.CopyTo(chunk.AsSpan(AxmlFormat.ChunkHeader));
        return chunk;
    }

    private static uint Index(string[] strings, string text) => (uint)Array.IndexOf(strings, text);

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
