using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>A name and a value (libavb, avb_property_descriptor.h). Shared with the firmware.</summary>
public readonly ref struct PropertyDescriptor
{
    /// <summary>Bytes from the tag to the key.</summary>
    public const int FixedSize = 32;

    /// <summary>The name, UTF-8.</summary>
    public ReadOnlySpan<byte> Key { get; private init; }

    /// <summary>The value, any bytes.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }

    /// <summary>Reads a descriptor; false when it is of another kind or not well formed.</summary>
    public static bool TryRead(scoped in AvbDescriptor descriptor, out PropertyDescriptor property)
    {
        property = default;
        ReadOnlySpan<byte> bytes = descriptor.Bytes;
        if (descriptor.Tag != AvbDescriptorTag.Property || bytes.Length < FixedSize)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[FixedSize..];
        if (!AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]), out ReadOnlySpan<byte> key) ||
            !TryTakeNul(ref rest) ||
            !AvbDescriptorText.TryTake(ref rest, BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]), out ReadOnlySpan<byte> value) ||
            !TryTakeNul(ref rest))
        {
            return false;
        }

        property = new PropertyDescriptor { Key = key, Value = value };
        return true;
    }

    private static bool TryTakeNul(scoped ref ReadOnlySpan<byte> rest) =>
        AvbDescriptorText.TryTake(ref rest, 1, out ReadOnlySpan<byte> nul) && nul[0] == 0;
}
