namespace Virtualization;

/// <summary>The kinds of VMs that a host can run (CAPABILITY_* of android.system.virtualmachine.VirtualMachineManager).</summary>
[Flags]
public enum VirtualMachineCapabilities
{
    /// <summary>None: there is no KVM, or this user may not use it.</summary>
    None = 0,

    /// <summary>VMs whose memory the host cannot read.</summary>
    ProtectedVm = 1,

    /// <summary>VMs whose memory the host can read.</summary>
    NonProtectedVm = 2,
}
