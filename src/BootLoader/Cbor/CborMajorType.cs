namespace BootLoader.Cbor;

/// <summary>The major type of a data item: the high three bits of its initial byte (RFC 8949, 3.1).</summary>
public enum CborMajorType : byte
{
    /// <summary>An unsigned integer.</summary>
    Unsigned = 0,

    /// <summary>A negative integer: -1 less the argument.</summary>
    Negative = 1,

    /// <summary>A byte string.</summary>
    Bytes = 2,

    /// <summary>A text string.</summary>
    Text = 3,

    /// <summary>An array.</summary>
    Array = 4,

    /// <summary>A map.</summary>
    Map = 5,

    /// <summary>A tag in front of an item.</summary>
    Tag = 6,

    /// <summary>A simple value or a floating-point number.</summary>
    Simple = 7,
}
