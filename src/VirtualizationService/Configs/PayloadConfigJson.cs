using System.Text.Json;
using System.Text.Json.Serialization;

namespace VirtualizationService.Configs;

/// <summary>The JSON of templates and of payload configurations, in AVF's spelling of members.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(OsTemplate))]
[JsonSerializable(typeof(PayloadConfigFile))]
internal sealed partial class TemplateJson : JsonSerializerContext;
