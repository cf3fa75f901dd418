using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>Walks descriptors that lie one after the other. Each step goes at least 16 bytes on, so it ends. Shared with the firmware.</summary>
public ref struct AvbDescriptorEnumerator
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins before the first descriptor.</summary>
    /// <param name="descriptors">The descriptors, to their last byte.</param>
    public AvbDescriptorEnumerator(ReadOnlySpan<byte> descriptors)
    {
        _rest = descriptors;
        Current = default;
        IsMalformed = false;
    }

    /// <summary>The descriptor that the last step reached.</summary>
    public AvbDescriptor Current { get; private set; }

    /// <summary>Whether the walk ended because what follows is no descriptor. Ask after the last step: what was seen before is then not to be used.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next one.</summary>
    /// <returns>False at the end and at the first malformed one.</returns>
    public bool MoveNext()
    {
        if (_rest.Length == 0 || IsMalformed)
        {
            return false;
        }

        if (_rest.Length < AvbDescriptor.HeaderSize)
        {
            IsMalformed = true;
            return false;
        }

        ulong following = BinaryPrimitives.ReadUInt64BigEndian(_rest[8..]);
        if (following % AvbDescriptor.Alignment != 0 || following > (ulong)(_rest.Length - AvbDescriptor.HeaderSize))
        {
            IsMalformed = true;
            return false;
        }

        int size = AvbDescriptor.HeaderSize + (int)following;
        Current = new AvbDescriptor((AvbDescriptorTag)BinaryPrimitives.ReadUInt64BigEndian(_rest), _rest[..size]);
        _rest = _rest[size..];
        return true;
    }
}
