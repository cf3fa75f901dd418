using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>An APEX that the payload needs.</summary>
internal sealed record ApexConfig
{
    /// <summary>Stands for APEXes that only Android has.</summary>
    public const string Classpath = "{CLASSPATH}";

    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    [JsonRequired]
    public string Name { get; set; } = "";
}
