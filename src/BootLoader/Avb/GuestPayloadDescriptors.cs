namespace BootLoader.Avb;

/// <summary>The descriptors of a guest's kernel, each of those allowed at most once. Shared with the firmware.</summary>
internal ref struct GuestPayloadDescriptors
{
    /// <summary>The kernel.</summary>
    public HashDescriptor Kernel;

    /// <summary>The initrd of a guest that may not be debugged.</summary>
    public HashDescriptor NormalRamdisk;

    /// <summary>The initrd of a guest that may be debugged.</summary>
    public HashDescriptor DebugRamdisk;

    /// <summary>What the properties say.</summary>
    public GuestPayloadProperties Properties;

    /// <summary>Whether there is <see cref="Kernel"/>.</summary>
    public bool HasKernel;

    /// <summary>Whether there is <see cref="NormalRamdisk"/>.</summary>
    public bool HasNormalRamdisk;

    /// <summary>Whether there is <see cref="DebugRamdisk"/>.</summary>
    public bool HasDebugRamdisk;

    /// <summary>Reads all descriptors and refuses those that a guest's kernel must not have.</summary>
    public static PayloadFault Read(scoped in VbmetaImage image, out GuestPayloadDescriptors found)
    {
        found = default;
        AvbDescriptorEnumerator descriptors = image.Descriptors;
        while (descriptors.MoveNext())
        {
            AvbDescriptor descriptor = descriptors.Current;
            PayloadFault fault = descriptor.Tag switch
            {
                AvbDescriptorTag.Hash => found.AddHash(descriptor),
                AvbDescriptorTag.Property => found.Properties.Add(descriptor),
                AvbDescriptorTag.ChainPartition => PayloadFault.ChainDescriptor,
                AvbDescriptorTag.Hashtree => PayloadFault.HashtreeDescriptor,
                AvbDescriptorTag.KernelCmdline => PayloadFault.KernelCmdlineDescriptor,
                _ => PayloadFault.UnknownDescriptor,
            };
            if (fault != PayloadFault.None)
            {
                return fault;
            }
        }

        if (descriptors.IsMalformed)
        {
            return PayloadFault.MalformedDescriptor;
        }

        return found.HasKernel ? PayloadFault.None : PayloadFault.KernelDescriptorMissing;
    }

    private PayloadFault AddHash(AvbDescriptor descriptor)
    {
        if (!HashDescriptor.TryRead(descriptor, out HashDescriptor hash))
        {
            return PayloadFault.MalformedDescriptor;
        }

        if (!hash.Algorithm.SequenceEqual("sha256"u8))
        {
            return PayloadFault.UnsupportedHashAlgorithm;
        }

        if (hash.Digest.Length != Sha256Digest.Size)
        {
            return PayloadFault.BadDigestLength;
        }

        if (hash.PartitionName.SequenceEqual("boot"u8))
        {
            return Keep(hash, ref Kernel, ref HasKernel);
        }

        if (hash.PartitionName.SequenceEqual("initrd_normal"u8))
        {
            return Keep(hash, ref NormalRamdisk, ref HasNormalRamdisk);
        }

        return hash.PartitionName.SequenceEqual("initrd_debug"u8)
            ? Keep(hash, ref DebugRamdisk, ref HasDebugRamdisk)
            : PayloadFault.UnknownPartition;
    }

    private static PayloadFault Keep(HashDescriptor hash, ref HashDescriptor place, ref bool taken)
    {
        if (taken)
        {
            return PayloadFault.RepeatedPartition;
        }

        place = hash;
        taken = true;
        return PayloadFault.None;
    }
}
