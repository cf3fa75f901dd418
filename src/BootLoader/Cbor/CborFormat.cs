namespace BootLoader.Cbor;

/// <summary>Numbers of RFC 8949.</summary>
internal static class CborFormat
{
    /// <summary>The argument is the byte that follows; smaller values are the argument itself.</summary>
    public const int OneByte = 24;

    /// <summary>The argument is the eight bytes that follow.</summary>
    public const int EightBytes = 27;

    /// <summary>The length is indefinite.</summary>
    public const int IndefiniteLength = 31;

    /// <summary>The simple value false.</summary>
    public const int False = 20;

    /// <summary>The simple value true.</summary>
    public const int True = 21;

    /// <summary>The simple value null.</summary>
    public const int Null = 22;
}
