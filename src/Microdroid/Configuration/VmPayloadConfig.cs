using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>A payload's configuration, <c>assets/vm_config.json</c> in its APK (AVF, VmPayloadConfig). Fields that are not known are passed over.</summary>
/// <remarks>Properties have setters: what is only set at the making the generated reader makes null where a file leaves it out.</remarks>
internal sealed record VmPayloadConfig
{
    /// <summary>The guest that it is for.</summary>
    [JsonPropertyName("os")]
    public OsConfig Os { get; set; } = new();

    /// <summary>What is run; null only in a file without it.</summary>
    [JsonPropertyName("task")]
    public PayloadTask? Task { get; set; }

    /// <summary>APEXes that must be there.</summary>
    [JsonPropertyName("apexes")]
    public IReadOnlyList<ApexConfig> Apexes { get; set; } = [];

    /// <summary>Further APKs that must be there.</summary>
    [JsonPropertyName("extra_apks")]
    public IReadOnlyList<ApkConfig> ExtraApks { get; set; } = [];

    /// <summary>Whether crash reports leave the guest; null for: when it is debuggable.</summary>
    [JsonPropertyName("export_tombstones")]
    public bool? ExportTombstones { get; set; }

    /// <summary>Whether files of the host are needed.</summary>
    [JsonPropertyName("enable_authfs")]
    public bool EnableAuthfs { get; set; }
}
