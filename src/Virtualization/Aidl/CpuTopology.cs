namespace Virtualization.Aidl;

/// <summary>How many processors a VM has (AVF CpuTopology.aidl).</summary>
public enum CpuTopology
{
    /// <summary>One.</summary>
    OneCpu = 0,

    /// <summary>As many as the host, in its clusters.</summary>
    MatchHost = 1,
}
