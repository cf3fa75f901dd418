namespace BootLoader.Avb;

/// <summary>A descriptor of any kind. Shared with the firmware.</summary>
public readonly ref struct AvbDescriptor
{
    /// <summary>Bytes of tag and length.</summary>
    public const int HeaderSize = 16;

    /// <summary>Descriptors are multiples of this many bytes.</summary>
    public const int Alignment = 8;

    internal AvbDescriptor(AvbDescriptorTag tag, ReadOnlySpan<byte> bytes)
    {
        Tag = tag;
        Bytes = bytes;
    }

    /// <summary>What it describes; may be a value that <see cref="AvbDescriptorTag"/> does not have.</summary>
    public AvbDescriptorTag Tag { get; }

    /// <summary>All of it, with tag, length and padding.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>What follows tag and length.</summary>
    public ReadOnlySpan<byte> Content => Bytes[HeaderSize..];
}
