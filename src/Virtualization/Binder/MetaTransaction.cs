namespace Virtualization.Binder;

/// <summary>Codes that every object answers: four letters, the first the most significant byte (IBinder.h).</summary>
internal static class MetaTransaction
{
    /// <summary>_PNG: is it there?</summary>
    internal const uint Ping = 0x5f504e47;

    /// <summary>_NTF: which interface is it?</summary>
    internal const uint Interface = 0x5f4e5446;

    /// <summary>_DMP: say something about yourself to a descriptor.</summary>
    internal const uint Dump = 0x5f444d50;

    /// <summary>_PID: which process are you?</summary>
    internal const uint DebugPid = 0x5f504944;

    /// <summary>_EXT: the object that extends this one.</summary>
    internal const uint Extension = 0x5f455854;

    /// <summary>_SPR: system properties have changed.</summary>
    internal const uint SystemProperties = 0x5f535052;
}
