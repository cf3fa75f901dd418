namespace Virtio.Block.Formats.Qcow2;

/// <summary>An entry of an L2 table.</summary>
internal readonly record struct Qcow2Entry(ulong Value)
{
    /// <summary>Where the cluster lies in the file; not of a compressed one.</summary>
    public ulong Offset => Value & Qcow2Format.OffsetMask;

    /// <summary>This entry is the only reference to its cluster.</summary>
    public bool IsCopied => (Value & Qcow2Format.OflagCopied) != 0;

    /// <summary>What the entry says.</summary>
    /// <param name="version">The image's version; 2 has no zero clusters.</param>
    public Qcow2EntryKind Kind(int version)
    {
        if ((Value & Qcow2Format.OflagCompressed) != 0)
        {
            return Qcow2EntryKind.Compressed;
        }

        if ((Value & Qcow2Format.OflagZero) != 0)
        {
            return version < 3 ? Qcow2EntryKind.Invalid : Offset == 0 ? Qcow2EntryKind.ZeroPlain : Qcow2EntryKind.ZeroAllocated;
        }

        return Offset == 0 ? Qcow2EntryKind.Unallocated : Qcow2EntryKind.Normal;
    }

    /// <summary>Where compressed bytes lie in the file: from an offset, in whole sectors of 512 bytes from that one's.</summary>
    /// <param name="clusterBits">log2 of the cluster size.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">Bytes, the last of which may belong to another cluster.</param>
    public void CompressedRange(int clusterBits, out ulong offset, out int length)
    {
        int split = 62 - (clusterBits - 8);
        ulong value = Value & ~(Qcow2Format.OflagCompressed | Qcow2Format.OflagCopied);
        offset = value & ((1UL << split) - 1);
        ulong further = value >> split;
        length = (int)(((further + 1) * 512) - (offset & 511));
    }
}
