using System.Buffers.Binary;
using System.Globalization;

namespace BootLoader.Apk;

/// <summary>Reads the first element of a binary AndroidManifest.xml, which must be &lt;manifest&gt;.</summary>
internal ref struct AxmlManifestReader
{
    private AxmlStrings _strings;
    private ReadOnlySpan<byte> _resources;
    private bool _hasStrings;

    /// <summary>Reads it.</summary>
    /// <exception cref="ApkException">It is no binary XML, a broken one, or no manifest.</exception>
    public static AndroidManifest Read(ReadOnlySpan<byte> xml)
    {
        if (xml.Length < AxmlFormat.ChunkHeader || BinaryPrimitives.ReadUInt16LittleEndian(xml) != AxmlFormat.Xml)
        {
            throw new ApkException("AndroidManifest.xml is not Android's binary XML; text is made binary when an APK is built");
        }

        int header = BinaryPrimitives.ReadUInt16LittleEndian(xml[2..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(xml[4..]);
        if (header < AxmlFormat.ChunkHeader || size > (uint)xml.Length || (uint)header > size)
        {
            throw new ApkException($"AndroidManifest.xml says that it has {size} bytes: it has {xml.Length}");
        }

        var reader = default(AxmlManifestReader);
        ReadOnlySpan<byte> rest = xml[header..(int)size];
        while (!rest.IsEmpty)
        {
            uint length = rest.Length < AxmlFormat.ChunkHeader ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length < AxmlFormat.ChunkHeader || length > (uint)rest.Length)
            {
                throw new ApkException($"a chunk of {length} bytes in AndroidManifest.xml does not lie in the {rest.Length} that are left");
            }

            if (reader.Take(rest[..(int)length]) is { } manifest)
            {
                return manifest;
            }

            rest = rest[(int)length..];
        }

        throw new ApkException("AndroidManifest.xml has no element");
    }

    private AndroidManifest? Take(ReadOnlySpan<byte> chunk)
    {
        switch (BinaryPrimitives.ReadUInt16LittleEndian(chunk))
        {
            case AxmlFormat.StringPool when !_hasStrings:
                _strings = new AxmlStrings(chunk);
                _hasStrings = true;
                return null;
            case AxmlFormat.ResourceMap:
                _resources = chunk[AxmlFormat.ChunkHeader..];
                return null;
            case AxmlFormat.StartElement:
                return ReadElement(chunk);
            default:
                return null; // namespaces, text before the element, what is not known
        }
    }

    private AndroidManifest ReadElement(ReadOnlySpan<byte> chunk)
    {
        if (!_hasStrings || chunk.Length < AxmlFormat.NodeHeader + AxmlFormat.ElementHeader || BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]) != AxmlFormat.NodeHeader)
        {
            throw new ApkException("the first element of AndroidManifest.xml is not whole");
        }

        ReadOnlySpan<byte> element = chunk[AxmlFormat.NodeHeader..];
        if (_strings[BinaryPrimitives.ReadUInt32LittleEndian(element[4..])] != "manifest")
        {
            throw new ApkException("the first element of AndroidManifest.xml is not <manifest>");
        }

        int start = BinaryPrimitives.ReadUInt16LittleEndian(element[8..]), size = BinaryPrimitives.ReadUInt16LittleEndian(element[10..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(element[12..]);
        if (size < AxmlFormat.Attribute || start > element.Length || count > (element.Length - start) / size)
        {
            throw new ApkException($"{count} attributes of {size} bytes do not lie in <manifest>");
        }

        string? package = null, versionName = null;
        uint versionCode = 0, versionCodeMajor = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> attribute = element.Slice(start + (i * size), AxmlFormat.Attribute);
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(attribute[4..]);
            bool hasNamespace = BinaryPrimitives.ReadUInt32LittleEndian(attribute) != AxmlFormat.None;
            switch (Resource(name))
            {
                case AxmlFormat.VersionCode:
                    versionCode = Number("versionCode", attribute);
                    break;
                case AxmlFormat.VersionCodeMajor:
                    versionCodeMajor = Number("versionCodeMajor", attribute);
                    break;
                case AxmlFormat.VersionName:
                    versionName = Text(attribute);
                    break;
                case 0 when !hasNamespace && _strings[name] == "package":
                    package = Text(attribute);
                    break;
                default:
                    break;
            }
        }

        if (AndroidManifest.PackageFault(package) is { } fault)
        {
            throw new ApkException($"AndroidManifest.xml: {fault}");
        }

        return new AndroidManifest { Package = package!, VersionCode = ((ulong)versionCodeMajor << 32) | versionCode, VersionName = versionName };
    }

    /// <summary>The resource of an attribute's name; 0 for none.</summary>
    private readonly uint Resource(uint name) => name < (uint)_resources.Length / 4 ? BinaryPrimitives.ReadUInt32LittleEndian(_resources[(int)(name * 4)..]) : 0;

    private readonly string? Text(ReadOnlySpan<byte> attribute) =>
        attribute[15] == AxmlFormat.TypeString ? _strings[BinaryPrimitives.ReadUInt32LittleEndian(attribute[16..])] : _strings[BinaryPrimitives.ReadUInt32LittleEndian(attribute[8..])];

    private readonly uint Number(string name, ReadOnlySpan<byte> attribute)
    {
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(attribute[16..]);
        return attribute[15] switch
        {
            AxmlFormat.TypeIntDec or AxmlFormat.TypeIntHex => value,
            AxmlFormat.TypeString when uint.TryParse(_strings[value], NumberStyles.None, CultureInfo.InvariantCulture, out uint number) => number,
            _ => throw new ApkException($"AndroidManifest.xml: {name} is no number"),
        };
    }
}
