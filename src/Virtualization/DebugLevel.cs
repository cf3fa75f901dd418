namespace Virtualization;

/// <summary>What may be seen of a VM from outside (DEBUG_LEVEL_* of android.system.virtualmachine.VirtualMachineConfig).</summary>
public enum DebugLevel
{
    /// <inheritdoc cref="Aidl.DebugLevel.None"/>
    None = Aidl.DebugLevel.None,

    /// <inheritdoc cref="Aidl.DebugLevel.Full"/>
    Full = Aidl.DebugLevel.Full,
}
