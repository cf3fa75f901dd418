namespace Virtualization.Aidl;

/// <summary>What may be seen of a VM from outside (AVF VirtualMachineAppConfig.DebugLevel).</summary>
public enum DebugLevel
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Console, log and a shell.</summary>
    Full = 1,
}
