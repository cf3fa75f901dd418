namespace Virtualization;

/// <summary>How far a VM that runs has come; it only goes forward.</summary>
public enum VirtualMachineState
{
    /// <inheritdoc cref="Aidl.VirtualMachineState.NotStarted"/>
    NotStarted = Aidl.VirtualMachineState.NotStarted,

    /// <inheritdoc cref="Aidl.VirtualMachineState.Starting"/>
    Starting = Aidl.VirtualMachineState.Starting,

    /// <inheritdoc cref="Aidl.VirtualMachineState.Started"/>
    Started = Aidl.VirtualMachineState.Started,

    /// <inheritdoc cref="Aidl.VirtualMachineState.Ready"/>
    Ready = Aidl.VirtualMachineState.Ready,

    /// <inheritdoc cref="Aidl.VirtualMachineState.Finished"/>
    Finished = Aidl.VirtualMachineState.Finished,

    /// <inheritdoc cref="Aidl.VirtualMachineState.Dead"/>
    Dead = Aidl.VirtualMachineState.Dead,
}
