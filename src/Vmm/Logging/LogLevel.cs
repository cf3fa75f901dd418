namespace Vmm.Logging;

/// <summary>How much is said, from nothing to everything.</summary>
public enum LogLevel
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>Something that was asked for did not happen.</summary>
    Error,

    /// <summary>Something that the user may not have meant.</summary>
    Warn,

    /// <summary>Steps in the life of a VM.</summary>
    Info,

    /// <summary>What helps to find a fault.</summary>
    Debug,

    /// <summary>Every event; too much for daily use.</summary>
    Trace,
}
