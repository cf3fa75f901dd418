namespace BootLoader.Zip;

/// <summary>How an entry is compressed (APPNOTE.TXT, 4.4.5); no other methods are known here.</summary>
public enum ZipMethod : ushort
{
    /// <summary>Not at all.</summary>
    Stored = 0,

    /// <summary>RFC 1951.</summary>
    Deflated = 8,
}
