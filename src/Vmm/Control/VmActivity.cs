using System.Text.Json.Serialization;
using Virtio;

namespace Vmm.Control;

/// <summary>What a VM has done since it was made: totals, of which two readings give a rate.</summary>
public sealed record VmActivity
{
    /// <summary>How long ago it was made, in milliseconds.</summary>
    public required long UptimeMilliseconds { get; init; }

    /// <summary>Times that vCPUs came out to the VMM.</summary>
    public required long Exits { get; init; }

    /// <summary>Bytes in the balloon; null for a VM without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? BalloonBytes { get; init; }

    /// <summary>All disks together; null for a VM without one that counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceCounters? Block { get; init; }

    /// <summary>All network cards together; null for a VM without one that counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceCounters? Net { get; init; }

    /// <summary>The socket device; null for a VM without one that counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceCounters? Vsock { get; init; }
}
