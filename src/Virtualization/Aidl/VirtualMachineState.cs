namespace Virtualization.Aidl;

/// <summary>How far a VM has come; it only goes forward (AVF VirtualMachineState.aidl).</summary>
public enum VirtualMachineState
{
    /// <summary>It has been created.</summary>
    NotStarted = 0,

    /// <summary>It runs; the payload does not yet. A VM with a raw configuration stays here.</summary>
    Starting = 1,

    /// <summary>The payload runs.</summary>
    Started = 2,

    /// <summary>The payload said that it can serve.</summary>
    Ready = 3,

    /// <summary>The payload has ended; the VM still runs.</summary>
    Finished = 4,

    /// <summary>The VM has died.</summary>
    Dead = 6,
}
