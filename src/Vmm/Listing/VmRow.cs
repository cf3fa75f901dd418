using System.Text.Json.Serialization;

namespace Vmm.Listing;

/// <summary>A line of <c>vmm ls</c>. Rates are per second; null is what is not known or not there.</summary>
internal sealed record VmRow
{
    public required int Pid { get; init; }

    public string? Name { get; init; }

    /// <summary>As on the control socket, or <c>silent</c> for a VM that does not answer.</summary>
    public required string State { get; init; }

    public int? Cpus { get; init; }

    public ulong? MemoryMib { get; init; }

    public bool? Protected { get; init; }

    public ulong? BalloonBytes { get; init; }

    /// <summary>Guest memory that the host holds.</summary>
    public ulong? GuestRss { get; init; }

    /// <summary>Memory of the VMM itself.</summary>
    public ulong? OverheadRss { get; init; }

    public double? UptimeSeconds { get; init; }

    public double? ExitsPerSecond { get; init; }

    public VmRate? Block { get; init; }

    public VmRate? Net { get; init; }

    public VmRate? Vsock { get; init; }

    /// <summary>Where it is controlled.</summary>
    public required string Socket { get; init; }
}

/// <summary>The lines as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<VmRow>))]
internal sealed partial class VmRowJson : JsonSerializerContext;
