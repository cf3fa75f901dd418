using Virtualization.Aidl;

namespace VirtualizationService.Configs;

/// <summary>How many vCPUs a topology means on this host.</summary>
public static class HostCpus
{
    // The machine's own limit.
    private const int Most = 16;

    /// <summary>The number.</summary>
    public static int Of(CpuTopology topology) => topology == CpuTopology.MatchHost ? Math.Min(Environment.ProcessorCount, Most) : 1;
}
