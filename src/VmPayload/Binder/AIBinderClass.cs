using VmPayload.Platform;

namespace VmPayload.Binder;

/// <summary>What the binders of an interface have in common (AIBinder_Class). Classes live as long as the process, as Android's do.</summary>
internal unsafe struct AIBinderClass
{
    /// <summary>Bytes that a descriptor may have.</summary>
    internal const int MaxDescriptorLength = 4096;

    internal delegate*<void*, void*> OnCreate;
    internal delegate*<void*, void> OnDestroy;
    internal delegate*<AIBinder*, uint, AParcel*, AParcel*, int> OnTransact;
    private byte* _descriptor;
    private int _descriptorLength;

    /// <summary>The interface's full name, UTF-8.</summary>
    internal readonly ReadOnlySpan<byte> Descriptor => new(_descriptor, _descriptorLength);

    /// <summary>The same, with a zero behind it.</summary>
    internal readonly byte* DescriptorText => _descriptor;

    /// <summary>A class with a copy of the descriptor.</summary>
    /// <returns>Null when the descriptor is no text of a sensible length, or there is no memory.</returns>
    internal static AIBinderClass* Define(ReadOnlySpan<byte> descriptor)
    {
        fixed (byte* text = descriptor)
        {
            if (descriptor.Length is 0 or > MaxDescriptorLength || Utf.CountUtf16(text, descriptor.Length) < 0)
            {
                return null;
            }
        }

        AIBinderClass* created = (AIBinderClass*)Libc.Allocate(sizeof(AIBinderClass) + descriptor.Length + 1);
        if (created != null)
        {
            created->_descriptor = (byte*)(created + 1);
            created->_descriptorLength = descriptor.Length;
            descriptor.CopyTo(new Span<byte>(created->_descriptor, descriptor.Length));
        }

        return created;
    }
}
