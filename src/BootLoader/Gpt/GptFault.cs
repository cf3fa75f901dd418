namespace BootLoader.Gpt;

/// <summary>Why a partition table, or a partition in it, cannot be used.</summary>
public enum GptFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The disk did not read a sector.</summary>
    DiskFailed,

    /// <summary>The disk has fewer sectors than a header and a first entry.</summary>
    TooSmall,

    /// <summary>The header's sector does not begin with "EFI PART": there is no table.</summary>
    NoSignature,

    /// <summary>The header says that it has fewer bytes than its fields, or more than a sector.</summary>
    BadHeaderSize,

    /// <summary>The sum of the header does not match.</summary>
    BadHeaderSum,

    /// <summary>The header says that it lies in another sector.</summary>
    Misplaced,

    /// <summary>There are more entries than <see cref="GptFormat.MostEntries"/>, or their size is not <see cref="GptFormat.EntrySize"/>.</summary>
    BadEntryCount,

    /// <summary>The entries lie over the header or outside of the disk.</summary>
    EntriesOutside,

    /// <summary>The sum of the entries does not match.</summary>
    BadEntriesSum,

    /// <summary>No partition has the label.</summary>
    NotFound,

    /// <summary>Two partitions have the label.</summary>
    Ambiguous,

    /// <summary>The partition ends before it begins, or lies outside of the sectors that the table leaves for partitions.</summary>
    PartitionOutside,
}
