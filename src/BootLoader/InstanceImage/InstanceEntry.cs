namespace BootLoader.InstanceImage;

/// <summary>A place in an instance image: an entry's, or the free one behind the last.</summary>
/// <param name="headerSector">The sector of its header.</param>
/// <param name="payloadLength">The bytes of its payload; 0 of a free place.</param>
public readonly struct InstanceEntry(ulong headerSector, ulong payloadLength)
{
    /// <summary>The sector of its header. The payload begins with the next one.</summary>
    public ulong HeaderSector { get; } = headerSector;

    /// <summary>The bytes of its payload, all inside of the image; 0 of a free place.</summary>
    public ulong PayloadLength { get; } = payloadLength;
}
