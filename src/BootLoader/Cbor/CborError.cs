namespace BootLoader.Cbor;

/// <summary>Why CBOR data was refused.</summary>
public enum CborError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The data ends inside an item, or a length or count reaches beyond the data.</summary>
    Truncated,

    /// <summary>A number, length or count is not written in its shortest form.</summary>
    NotShortest,

    /// <summary>The length is indefinite.</summary>
    Indefinite,

    /// <summary>The initial byte has a value that RFC 8949 reserves.</summary>
    Reserved,

    /// <summary>A floating-point number or a simple value other than false, true and null.</summary>
    Unsupported,

    /// <summary>Another type was expected here.</summary>
    WrongType,

    /// <summary>A number does not fit its destination, or a map has more than <see cref="CborReader.MaximumMapEntries"/> entries.</summary>
    TooLarge,

    /// <summary>Items are nested deeper than <see cref="CborReader.MaximumDepth"/>.</summary>
    TooDeep,

    /// <summary>A text string is not UTF-8.</summary>
    NotText,

    /// <summary>A map has a key twice.</summary>
    DuplicateKey,

    /// <summary>Bytes follow the last item.</summary>
    TrailingBytes,
}
