namespace Virtualization;

/// <summary>How many processors a VM has (CPU_TOPOLOGY_* of android.system.virtualmachine.VirtualMachineConfig).</summary>
public enum CpuTopology
{
    /// <inheritdoc cref="Aidl.CpuTopology.OneCpu"/>
    OneCpu = Aidl.CpuTopology.OneCpu,

    /// <inheritdoc cref="Aidl.CpuTopology.MatchHost"/>
    MatchHost = Aidl.CpuTopology.MatchHost,
}
