using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>How a payload is run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskType>))]
internal enum TaskType
{
    /// <summary>As a program of its own.</summary>
    [JsonStringEnumMemberName("executable")]
    Executable,

    /// <summary>As a library whose AVmPayload_main is called.</summary>
    [JsonStringEnumMemberName("microdroid_launcher")]
    MicrodroidLauncher,
}
