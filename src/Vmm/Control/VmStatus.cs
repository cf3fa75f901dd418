using System.Text.Json.Serialization;

namespace Vmm.Control;

/// <summary>A VM as it describes itself on its control socket.</summary>
public sealed record VmStatus
{
    /// <summary>What it is doing.</summary>
    public required VmState State { get; init; }

    /// <summary>The name it was given (<c>--name</c>), if any.</summary>
    public string? Name { get; init; }

    /// <summary>The process that runs it.</summary>
    public required int Pid { get; init; }

    /// <summary>The number of vCPUs.</summary>
    public required int Cpus { get; init; }

    /// <summary>Guest memory in MiB.</summary>
    public required ulong MemoryMib { get; init; }

    /// <summary>Whether the host is kept from the guest's memory.</summary>
    public required bool Protected { get; init; }

    /// <summary>What it has done so far; null from a program that does not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VmActivity? Activity { get; init; }
}
