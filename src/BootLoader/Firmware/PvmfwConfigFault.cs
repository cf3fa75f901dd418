namespace BootLoader.Firmware;

/// <summary>What is wrong with the firmware's configuration data, where, and what the limit is.</summary>
public readonly struct PvmfwConfigFault
{
    /// <summary>A fault.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="entry">Which entry, when it is one.</param>
    /// <param name="value">The number that was refused.</param>
    /// <param name="limit">The limit that it breaks.</param>
    public PvmfwConfigFault(PvmfwConfigError error, PvmfwConfigEntry entry, ulong value, ulong limit)
    {
        Error = error;
        Entry = entry;
        Value = value;
        Limit = limit;
    }

    /// <summary>What is wrong.</summary>
    public PvmfwConfigError Error { get; }

    /// <summary>Which entry; without meaning for an error of the header.</summary>
    public PvmfwConfigEntry Entry { get; }

    /// <summary>The number that was refused: a size, a version, an offset or an end.</summary>
    public ulong Value { get; }

    /// <summary>The limit that it breaks: the least or the greatest that is possible, or the alignment.</summary>
    public ulong Limit { get; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsNone => Error == PvmfwConfigError.None;
}
