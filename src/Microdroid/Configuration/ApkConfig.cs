using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>A further APK that the payload needs.</summary>
internal sealed record ApkConfig
{
    /// <summary>Its path on the host; in the guest its number counts alone.</summary>
    [JsonPropertyName("path")]
    [JsonRequired]
    public string Path { get; set; } = "";
}
