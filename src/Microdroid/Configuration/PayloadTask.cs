using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>What is run.</summary>
internal sealed record PayloadTask
{
    /// <summary>How.</summary>
    [JsonPropertyName("type")]
    [JsonRequired]
    public TaskType Type { get; set; }

    /// <summary>Its name or path.</summary>
    [JsonPropertyName("command")]
    [JsonRequired]
    public string Command { get; set; } = "";
}
