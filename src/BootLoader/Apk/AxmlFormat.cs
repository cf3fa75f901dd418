namespace BootLoader.Apk;

/// <summary>Numbers of Android's binary XML (frameworks/base, libs/androidfw/include/androidfw/ResourceTypes.h), little-endian in files.</summary>
internal static class AxmlFormat
{
    /// <summary>RES_XML_TYPE: the whole.</summary>
    public const ushort Xml = 0x0003;

    /// <summary>RES_STRING_POOL_TYPE.</summary>
    public const ushort StringPool = 0x0001;

    /// <summary>RES_XML_RESOURCE_MAP_TYPE: the resource of each of the first strings.</summary>
    public const ushort ResourceMap = 0x0180;

    /// <summary>RES_XML_START_NAMESPACE_TYPE.</summary>
    public const ushort StartNamespace = 0x0100;

    /// <summary>RES_XML_END_NAMESPACE_TYPE.</summary>
    public const ushort EndNamespace = 0x0101;

    /// <summary>RES_XML_START_ELEMENT_TYPE.</summary>
    public const ushort StartElement = 0x0102;

    /// <summary>RES_XML_END_ELEMENT_TYPE.</summary>
    public const ushort EndElement = 0x0103;

    /// <summary>Bytes of a ResChunk_header: u16 type, u16 header size, u32 size.</summary>
    public const int ChunkHeader = 8;

    /// <summary>Bytes of a ResXMLTree_node: chunk header, u32 line, u32 comment.</summary>
    public const int NodeHeader = 16;

    /// <summary>Bytes of a ResXMLTree_attrExt.</summary>
    public const int ElementHeader = 20;

    /// <summary>Bytes of a ResXMLTree_attribute.</summary>
    public const int Attribute = 20;

    /// <summary>Bytes of a ResStringPool_header.</summary>
    public const int StringPoolHeader = 28;

    /// <summary>ResStringPool_header::UTF8_FLAG.</summary>
    public const uint Utf8 = 1 << 8;

    /// <summary>No string.</summary>
    public const uint None = uint.MaxValue;

    /// <summary>Res_value::TYPE_STRING.</summary>
    public const byte TypeString = 0x03;

    /// <summary>Res_value::TYPE_INT_DEC.</summary>
    public const byte TypeIntDec = 0x10;

    /// <summary>Res_value::TYPE_INT_HEX.</summary>
    public const byte TypeIntHex = 0x11;

    /// <summary>Res_value::TYPE_INT_BOOLEAN.</summary>
    public const byte TypeIntBoolean = 0x12;

    /// <summary>android.R.attr.versionCode.</summary>
    public const uint VersionCode = 0x0101021b;

    /// <summary>android.R.attr.versionName.</summary>
    public const uint VersionName = 0x0101021c;

    /// <summary>android.R.attr.versionCodeMajor.</summary>
    public const uint VersionCodeMajor = 0x01010576;

    /// <summary>android.R.attr.minSdkVersion.</summary>
    public const uint MinSdkVersion = 0x0101020c;

    /// <summary>android.R.attr.hasCode.</summary>
    public const uint HasCode = 0x0101000c;

    /// <summary>The namespace of Android's attributes.</summary>
    public const string AndroidNamespace = "http://schemas.android.com/apk/res/android";
}
