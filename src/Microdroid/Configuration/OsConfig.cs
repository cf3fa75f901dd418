using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>The guest that the payload is for; no longer used.</summary>
internal sealed record OsConfig
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";
}
