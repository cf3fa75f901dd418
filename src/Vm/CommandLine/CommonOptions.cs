using System.CommandLine;
using Virtualization.Aidl;
using Vmm.CommandLine;

namespace Vm.CommandLine;

/// <summary>Options of every command that runs a VM (AVF's CommonConfig).</summary>
internal sealed class CommonOptions
{
    private static readonly Dictionary<string, CpuTopology> s_topologies = new()
    {
        ["one_cpu"] = CpuTopology.OneCpu,
        ["match_host"] = CpuTopology.MatchHost,
    };

    public Option<string> Name { get; } = new("--name") { HelpName = "NAME", Description = "the VM's name" };

    public Option<string> Topology { get; } = new("--cpu-topology")
    {
        HelpName = "one_cpu|match_host",
        Description = "one processor (default), or as many as the host",
    };

    public Option<string> Memory { get; } = new("--mem", "-m")
    {
        HelpName = "MIB",
        Description = "memory; by default what the configuration says, or 256",
    };

    public Option<bool> Protected { get; } = new("--protected", "-p")
    {
        Arity = ArgumentArity.Zero,
        Description = "keep the VM's memory from the host; refused where\nthe host cannot",
    };

    public Option<bool> HugePages { get; } = new("--hugepages")
    {
        Arity = ArgumentArity.Zero,
        Description = "memory in huge pages, where the host has them",
    };

    public Option<bool> Network { get; } = new("--network-supported") { Arity = ArgumentArity.Zero, Hidden = true };

    public Option<bool> BoostUclamp { get; } = new("--boost-uclamp") { Arity = ArgumentArity.Zero, Hidden = true };

    public OptionGroup Group => new("Machine", Name, Topology, Memory, Protected, HugePages, Network, BoostUclamp);

    /// <exception cref="UsageException">The value is none.</exception>
    public CpuTopology ReadTopology(ParseResult result) => result.GetValue(Topology) is not { } text
        ? CpuTopology.OneCpu
        : s_topologies.TryGetValue(text, out CpuTopology topology)
            ? topology
            : throw new UsageException($"--cpu-topology: '{text}' is neither one_cpu nor match_host{ClosestName.Hint(text, s_topologies.Keys)}");

    /// <summary>The memory in MiB; null where none is given.</summary>
    /// <exception cref="UsageException">The value is none.</exception>
    public int? ReadMemory(ParseResult result) => result.GetValue(Memory) is not { } text
        ? null
        : int.TryParse(text, out int mib) && mib > 0 ? mib : throw new UsageException($"--mem: '{text}' is no positive number of MiB");

    /// <exception cref="UsageException">Something is asked for that this host does not have.</exception>
    public void Check(ParseResult result)
    {
        Unsupported.Refuse(result, BoostUclamp, "the host's scheduler hints are Android's");
        Unsupported.Refuse(result, Network, "VMs of the service have no network yet; vmm run --net makes one that has");
    }
}
