namespace BootLoader.Avb;

/// <summary>How far a guest may be debugged, which its initrd decides.</summary>
public enum GuestDebugLevel
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The initrd is the one signed as initrd_debug.</summary>
    Full,
}
