namespace MicrodroidInit;

/// <summary>How the guest ends.</summary>
public enum InitEnd
{
    /// <summary>All went well: the machine is powered off.</summary>
    PowerOff,

    /// <summary>Something went wrong: the machine is reset.</summary>
    Reset,
}
