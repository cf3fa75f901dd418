namespace BootLoader.Zip;

/// <summary>Numbers of the zip format (PKWARE, APPNOTE.TXT 6.3.10), little-endian in files.</summary>
internal static class ZipFormat
{
    /// <summary>4.3.7: a local file header.</summary>
    public const uint LocalSignature = 0x04034b50;

    /// <summary>4.3.12: a central directory header.</summary>
    public const uint CentralSignature = 0x02014b50;

    /// <summary>4.3.16: the end of the central directory.</summary>
    public const uint EndSignature = 0x06054b50;

    /// <summary>4.3.15: the locator of a ZIP64 end, which lies just before the end.</summary>
    public const uint Zip64LocatorSignature = 0x07064b50;

    /// <summary>Bytes of a local file header before the name.</summary>
    public const int LocalSize = 30;

    /// <summary>Bytes of a central directory header before the name.</summary>
    public const int CentralSize = 46;

    /// <summary>Bytes of the end before the comment.</summary>
    public const int EndSize = 22;

    /// <summary>Bytes of a ZIP64 end locator.</summary>
    public const int Zip64LocatorSize = 20;

    /// <summary>4.4.4, bits 0, 6 and 13: encrypted, strongly encrypted, masked headers.</summary>
    public const int Encrypted = 1 | (1 << 6) | (1 << 13);

    /// <summary>4.4.4, bit 3: sum and sizes follow the data.</summary>
    public const int DataDescriptor = 1 << 3;

    /// <summary>4.4.4, bit 5: compressed patched data.</summary>
    public const int Patched = 1 << 5;

    /// <summary>4.4.4, bit 11: the name is UTF-8.</summary>
    public const int Utf8 = 1 << 11;

    /// <summary>4.4.2.2: made on Unix, so that the mode lies in the external attributes' upper half.</summary>
    public const int MadeOnUnix = 3;

    /// <summary>Says of a 32-bit field that a ZIP64 extra field has it; of a 16-bit field with its 16 lower bits.</summary>
    public const uint InZip64 = uint.MaxValue;

    /// <summary>The extra field of Android's zipalign: u16 alignment, then zeros (build/make/tools/zipalign, "0xd935").</summary>
    public const ushort AlignmentExtra = 0xd935;
}
