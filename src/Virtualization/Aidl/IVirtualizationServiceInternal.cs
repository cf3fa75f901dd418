namespace Virtualization.Aidl;

/// <summary>What the machine-wide service does for each <c>virtmgr</c> (AVF IVirtualizationServiceInternal.aidl, reduced to what this host has).</summary>
/// <remarks>
/// AVF's names and AVF's order, without statistics, attestation and devices. A caller that is no process of the owner of the pid that it names is
/// refused with SECURITY. Both sides come from one installation, so the codes are this project's own.
/// </remarks>
public interface IVirtualizationServiceInternal
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualizationservice_internal.IVirtualizationServiceInternal";

    /// <summary>Transaction code of <see cref="RemoveMemlockRlimit"/>; the others follow in the order of the methods.</summary>
    const uint RemoveMemlockRlimitTransaction = 1;

    /// <summary>Transaction code of <see cref="AllocateGlobalVmContext"/>.</summary>
    const uint AllocateGlobalVmContextTransaction = 2;

    /// <summary>Transaction code of <see cref="DebugListVms"/>.</summary>
    const uint DebugListVmsTransaction = 3;

    /// <summary>Transaction code of <see cref="GetLimits"/>.</summary>
    const uint GetLimitsTransaction = 4;

    /// <summary>Lets a process lock as much memory as it likes (RLIMIT_MEMLOCK), which a protected VM's memory needs.</summary>
    /// <param name="pid">A process of the caller's user. AVF takes the caller itself; here it is also called for a VM's process.</param>
    void RemoveMemlockRlimit(int pid);

    /// <summary>Gives a new VM what is unique on this host; it is taken back when the last reference to it goes.</summary>
    /// <param name="requesterDebugPid">The process that asked for the VM, for the list.</param>
    /// <param name="memoryMib">The memory that the VM will have, which counts against the user's limit. AVF has no such argument.</param>
    /// <returns>The CID and directory.</returns>
    IGlobalVmContext AllocateGlobalVmContext(int requesterDebugPid, int memoryMib);

    /// <summary>The VMs that run now: all for root, otherwise those that the policy lets the caller see.</summary>
    IReadOnlyList<VirtualMachineDebugInfo> DebugListVms();

    /// <summary>How much the caller's user may have, and has.</summary>
    UserLimits GetLimits();
}
