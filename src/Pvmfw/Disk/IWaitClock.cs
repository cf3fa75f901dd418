namespace Pvmfw.Disk;

/// <summary>What bounds a wait for a device: a counter that the host cannot stop (CNTVCT_EL0).</summary>
public interface IWaitClock
{
    /// <summary>Counts up in ticks.</summary>
    static abstract ulong Ticks { get; }

    /// <summary>Ticks of a second (CNTFRQ_EL0).</summary>
    static abstract ulong TicksPerSecond { get; }

    /// <summary>Called between two looks at what is waited for: YIELD, or nothing.</summary>
    static abstract void Pause();
}
