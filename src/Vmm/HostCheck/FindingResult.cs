using System.Text.Json.Serialization;

namespace Vmm.HostCheck;

/// <summary>The outcome of one look at the host.</summary>
public enum FindingResult
{
    /// <summary>There and usable.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Usable, but some VMs will not get what they ask for.</summary>
    [JsonStringEnumMemberName("warn")]
    Warn,

    /// <summary>Not there, or not usable by this user.</summary>
    [JsonStringEnumMemberName("no")]
    No,
}
