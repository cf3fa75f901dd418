using System.Text.Json.Serialization;

namespace Vmm.Control;

/// <summary>What a VM is doing.</summary>
public enum VmState
{
    /// <summary>vCPUs run.</summary>
    [JsonStringEnumMemberName("running")]
    Running,

    /// <summary>vCPUs are stopped and can be resumed.</summary>
    [JsonStringEnumMemberName("suspended")]
    Suspended,

    /// <summary>The VM is ending.</summary>
    [JsonStringEnumMemberName("stopping")]
    Stopping,
}
