namespace BootLoader.InstanceImage;

/// <summary>Why an instance image or an entry of it cannot be used.</summary>
public enum InstanceImageFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The disk did not read or write a sector.</summary>
    DiskFailed,

    /// <summary>There is not even a header.</summary>
    TooSmall,

    /// <summary>Sector 0 does not begin with <see cref="InstanceImageFormat.Magic"/>.</summary>
    BadMagic,

    /// <summary>The version is not <see cref="InstanceImageFormat.Version"/>.</summary>
    BadVersion,

    /// <summary>An entry's payload reaches past the end of the image.</summary>
    EntryOutside,

    /// <summary>There are more entries than <see cref="InstanceImageFormat.MostEntries"/>.</summary>
    TooManyEntries,

    /// <summary>There is no entry with the UUID: the instance is new, or the host has taken the entry away.</summary>
    NotFound,

    /// <summary>The entry's payload has another length than what is read or written.</summary>
    BadLength,

    /// <summary>Between a payload's end and that of its sector there are not only zeros.</summary>
    BadPadding,

    /// <summary>The entry was not made with this key, or has been changed since.</summary>
    NotAuthentic,

    /// <summary>The image has no room for a new entry.</summary>
    NoRoom,

    /// <summary>The entry is authentic, but what it holds is not the record that belongs there.</summary>
    BadRecord,
}
