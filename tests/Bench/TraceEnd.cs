namespace Bench;

/// <summary>What ends a recording of <see cref="KernelTrace"/>.</summary>
internal enum TraceEnd
{
    /// <summary>Only its disposal.</summary>
    Disposal,

    /// <summary>The first entry into a guest.</summary>
    FirstEntry,

    /// <summary>The first character that a guest writes to its console; its first entry is recorded too.</summary>
    FirstCharacter,
}
