namespace Virtualization;

/// <summary>What a <see cref="VirtualMachine"/> object can be asked for now (STATUS_* of android.system.virtualmachine.VirtualMachine).</summary>
public enum VirtualMachineStatus
{
    /// <summary>It can be run.</summary>
    Stopped = 0,

    /// <summary>It runs.</summary>
    Running = 1,

    /// <summary>Its files are gone; nothing can be done with it.</summary>
    Deleted = 2,
}
