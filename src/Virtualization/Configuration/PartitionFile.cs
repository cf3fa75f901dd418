using System.Text.Json.Serialization;

namespace Virtualization.Configuration;

/// <summary>A partition of a disk of a <see cref="VmConfigFile"/>.</summary>
public sealed class PartitionFile
{
    /// <summary>Its name, which the guest finds it by; mandatory.</summary>
    [JsonRequired]
    public string Label { get; set; } = "";

    /// <summary>The path of its content; mandatory.</summary>
    [JsonRequired]
    public string Path { get; set; } = "";

    /// <summary>The guest may write it.</summary>
    public bool Writable { get; set; }

    /// <summary>Its GUID; null for a random one.</summary>
    public string? Guid { get; set; }
}
